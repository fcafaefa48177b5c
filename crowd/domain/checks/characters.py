"""Characters that a text should not hold: broken, invisible or garbled."""

import re

from crowd.domain import text
from crowd.domain.checks.model import Check, each_field, matches, matches_beyond_ascii

# Joiners inside a script or an emoji (both neighbours beyond ASCII) do their work; elsewhere they hide.
_HIDDEN = "".join(sorted(set(text.INVISIBLE) - {"\u200c", "\u200d"}))
_INVISIBLE = re.compile(f"(?:[{_HIDDEN}]|(?<![^\x00-\x7f])[\u200c\u200d]|[\u200c\u200d](?![^\x00-\x7f]))+")

# The replacement character, and UTF-8 read as Latin-1 or Windows-1252: “Ã©” for “é”, “â€™” for “’”.
_MOJIBAKE = re.compile(
    "\ufffd+|\u00e2\u20ac[\u2122\u0153\u009d\u201c\u201d\u02dc\u00a6]|\u00c3[\u0080-\u00bf]"
)


def _malformed(found: str) -> str:
    return f"Remove the control characters or broken characters here ({_codes(found)}): paste the text again as plain text."


def _invisible(found: str) -> str:
    return f"Remove the invisible characters here ({_codes(found)}), or type the words again."


def _mojibake(found: str) -> str:
    return "Characters were lost or garbled here: type them again."


def _codes(found: str) -> str:
    """Name up to four of the characters, as U+200B."""
    return ", ".join(sorted({f"U+{ord(character):04X}" for character in found})[:4])


CHECKS = (
    Check(
        "text.malformed",
        1,
        "error",
        "field",
        each_field(matches(text.MALFORMED), _malformed),
        at_door=True,
    ),
    Check(
        "text.invisible",
        1,
        "warning",
        "field",
        each_field(matches_beyond_ascii(_INVISIBLE), _invisible),
        at_door=True,
    ),
    Check(
        "text.mojibake",
        1,
        "warning",
        "field",
        each_field(matches_beyond_ascii(_MOJIBAKE), _mojibake),
        at_door=True,
    ),
)
