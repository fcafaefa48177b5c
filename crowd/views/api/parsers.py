"""Read a JSON body strictly: UTF-8, no duplicate keys, no NaN, no depth that only an attack has."""

import json
from collections.abc import Mapping
from typing import IO, Any

from django.utils.translation import gettext as _
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser
from rest_framework.renderers import JSONRenderer


class StrictJSONParser(BaseParser):
    """`application/json` only; anything unreadable is a 400 that says what is wrong."""

    media_type = "application/json"
    renderer_class = JSONRenderer

    def parse(
        self,
        stream: IO[bytes],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        body = stream.read()
        try:
            return json.loads(
                body.decode("utf-8"), object_pairs_hook=_unique_keys, parse_constant=_no_constant
            )
        except UnicodeDecodeError:
            raise ParseError(_("The body is not UTF-8.")) from None
        except (ValueError, RecursionError):
            raise ParseError(_("The body is not valid JSON.")) from None


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise ParseError(_("A key appears twice in the body."))
    return fields


def _no_constant(name: str) -> None:
    raise ParseError(_("%(name)s is not JSON.") % {"name": name})
