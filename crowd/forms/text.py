"""A text field that changes nothing of what was typed."""

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

# What PostgreSQL cannot store at all. Every other odd character is kept in the draft and found when it is sent.
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def storable(text: str) -> None:
    """Refuse the few characters that no database keeps."""
    if UNSTORABLE.search(text):
        raise ValidationError(
            _(
                "This holds a character that cannot be kept (NUL or half a surrogate pair). Remove it and save again."
            )
        )


class Text(forms.CharField):
    """A text kept exactly as typed, outer spaces too. Required ones are asked for, and may be empty until sent."""

    def __init__(self, **options: Any) -> None:
        super().__init__(strip=False, **options)
        self.validators = [storable, *(check for check in self.validators if hasattr(check, "limit_value"))]

    def validate(self, value: str) -> None:
        """An empty text is a draft like any other."""
