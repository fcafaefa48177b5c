"""All that is stored about a person as one zip: lists of plain values as JSON, and a README that says what they are."""

import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from crowd.domain.names import HIDDEN
from crowd.models import Person
from crowd.services import rights_parts, zips
from crowd.services.rights_parts import File, Row

FOLDER = "flock-my-data"
README = "README.txt"
# So much of a file is put together before it is compressed.
BLOCK_CHARS = 64 * 1024


def archive(person: Person, *, now: datetime) -> Iterator[bytes]:
    """The zip's bytes, read while they are sent; memory does not grow with how much there is."""
    files = [file for part in rights_parts.parts() for file in part.files]
    entries: list[tuple[str, Iterable[bytes]]] = [(README, [_readme(person, files, now=now).encode()])]
    entries += [(file.name, as_json(file.rows(person))) for file in files]
    return zips.zipped(((f"{FOLDER}/{name}", content) for name, content in entries), at=now)


def as_json(rows: Iterable[Row]) -> Iterator[bytes]:
    """A JSON list, a row a line."""
    block, size = ["["], 1
    is_first = True
    for row in rows:
        line = json.dumps(row, ensure_ascii=False, default=_plain)
        block.append(f"{'' if is_first else ','}\n{line}")
        is_first, size = False, size + len(line)
        if size > BLOCK_CHARS:
            yield "".join(block).encode()
            block, size = [], 0
    block.append("]\n" if is_first else "\n]\n")
    yield "".join(block).encode()


def _plain(value: Any) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"{type(value).__name__} is not JSON")


def _readme(person: Person, files: Iterable[File], *, now: datetime) -> str:
    told = "\n".join(f"{file.name:<20}{file.about}" for file in files)
    return _(
        """\
What Flock stores about you
===========================

Made for %(email)s on %(date)s (UTC).

%(files)s

Each file is a list in JSON, which any text editor opens. Times are UTC. An empty list means that there is nothing
of that kind.

Nobody else's name is in here. Where somebody else acted, it says so and not who; where they wrote a name or an
address into a reason, it says %(hidden)s. What you typed yourself stands as you typed it.

Left out: your password, which is kept only in a form that cannot be read back; the secrets of your sessions and API
tokens; and what other people wrote, apart from the reasons you were given.
"""
    ) % {
        "email": person.email,
        "date": now.astimezone(UTC).strftime("%Y-%m-%d %H:%M"),
        "files": told,
        "hidden": HIDDEN,
    }
