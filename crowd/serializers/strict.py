"""Fields that take JSON as it is: no coercion between types, no trimming, no key that nobody asked for."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError

from crowd.domain.text import MALFORMED
from crowd.models import Category

# A body of 100,000 unknown keys is answered with the first few of them, each cut to this length.
MAX_NAMED = 10
MAX_NAME_CHARS = 60
# Above what any column holds, and far above any number that is meant.
MAX_INTEGER = 10**18 - 1


class StrictSerializer(serializers.Serializer[Any]):
    """An object with these keys and no others; every unknown one is named."""

    def to_internal_value(self, data: Any) -> Any:
        unknown = self._unknown(data)
        try:
            value = super().to_internal_value(data)
        except ValidationError as problem:
            raise ValidationError({**problem.detail, **unknown}) from None  # type: ignore[dict-item]
        if unknown:
            raise ValidationError(unknown)
        return value

    def _unknown(self, data: Any) -> dict[str, list[Any]]:
        if not isinstance(data, Mapping):
            return {}
        names = [name for name in data if name not in self.fields]
        return {
            _printable(name): [ErrorDetail(_("Unknown field."), code="unknown")] for name in names[:MAX_NAMED]
        }


class NoFields(StrictSerializer):
    """The body of a request that says nothing: absent or `{}`."""


class TextField(serializers.CharField):
    """A JSON string, kept with its outer white space."""

    default_error_messages = {"invalid": _("This must be a text.")}

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"trim_whitespace": False, **options})

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return data


class PairTextField(TextField):
    """A text that the checks judge, which say what is wrong with it and where."""

    def __init__(self, **options: Any) -> None:
        super().__init__(allow_blank=True, **options)
        # CharField's own words for NUL and half a surrogate pair: the finding `text.malformed` says more.
        self.validators = []


class WholeTextField(TextField):
    """A text that no check looks at, refused here where it is malformed."""

    default_error_messages = {"malformed": _("Remove the control characters or broken characters here.")}

    def to_internal_value(self, data: Any) -> str:
        text = super().to_internal_value(data)
        if MALFORMED.search(text):
            self.fail("malformed")
        return text


class WholeNumberField(serializers.IntegerField):
    """A JSON number without a fraction, from 1 on."""

    default_error_messages = {"invalid": _("This must be a whole number.")}

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"min_value": 1, "max_value": MAX_INTEGER, **options})

    def to_internal_value(self, data: Any) -> int:
        if not isinstance(data, int) or isinstance(data, bool):
            self.fail("invalid")
        return data


class OneOfField(serializers.ChoiceField):
    """One of a few words, spelled exactly so."""

    default_error_messages = {"invalid_choice": _("This must be one of: {words}.")}

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str) or data not in self.choices:
            self.fail("invalid_choice", words=", ".join(self.choices))
        return data


class CategoryField(TextField):
    """A category by its key."""

    default_error_messages = {"unknown": _("There is no such category; there are: {keys}.")}

    def to_internal_value(self, data: Any) -> Category:  # type: ignore[override]
        # No database has to be asked for a NUL.
        is_text = isinstance(data, str) and not MALFORMED.search(data)
        category = Category.objects.named(data) if is_text else None
        if category is None:
            self.fail("unknown", keys=", ".join(Category.objects.values_list("key", flat=True)))
        return category


def _printable(name: Any) -> str:
    """A key as an answer may repeat it: short, and without half a surrogate pair, which UTF-8 cannot hold."""
    return str(name)[:MAX_NAME_CHARS].encode("utf-8", "backslashreplace").decode()
