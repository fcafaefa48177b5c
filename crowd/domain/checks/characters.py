"""Characters that a text should not hold: broken, invisible or garbled."""

import re

from crowd.domain import text
from crowd.domain.checks.model import Check, each_field, matches, matches_beyond_ascii

# Joiners inside a script or an emoji (both neighbours beyond ASCII) do their work, and so do direction marks beside a
# letter that is written from the right; elsewhere they hide.
_JOINERS, _MARKS, _FROM_RIGHT = "\u200c\u200d", "\u061c\u200e\u200f", "\u0590-\u08ff"
_HIDDEN = "".join(sorted(set(text.INVISIBLE) - set(_JOINERS + _MARKS)))
_INVISIBLE = re.compile(
    f"(?:[{_HIDDEN}]|(?<![^\x00-\x7f])[{_JOINERS}]|[{_JOINERS}](?![^\x00-\x7f])"
    f"|(?<![{_FROM_RIGHT}])[{_MARKS}](?![{_FROM_RIGHT}]))+"
)

# UTF-8 read as Windows-1252 (or Latin-1), in which byte 0x99 is “™”: “é” becomes “Ã©”, “’” becomes “â€™”. A lead
# byte and as many that continue as it asks for. Left out is what stands in sound texts too: a capital before a closing
# quote («CAFÉ»), a letter before a no-break space and a quote («  été »).
_CONTINUING = "".join(bytes([byte]).decode("cp1252", "ignore") for byte in range(0x80, 0xC0)) + "\x80-\x9f"
_LETTER_LIKE = "".join(character for character in _CONTINUING if character not in "\u00a0‘’“”‹›«»–—…•")
_SOLID = _CONTINUING.replace("\u00a0", "")
_MOJIBAKE = re.compile(
    "\ufffd+"
    f"|(?:[\u00c2\u00c3][{_CONTINUING}]|[\u00c4\u00c5\u00ce-\u00d1\u00d7-\u00d9][{_LETTER_LIKE}]"
    f"|[\u00e0-\u00ef][{_SOLID}]{{2}}|\u00e2\u20ac\u00a0|\u00f0[{_SOLID}]{{3}})+"
)


# One look for a character that may begin such a place spares most texts the closer search.
_MAY_HIDE = re.compile(f"[{text.INVISIBLE}]")
_MAY_BE_GARBLED = re.compile(f"\ufffd|[\u00c2-\u00c5\u00ce-\u00d1\u00d7-\u00d9\u00e0-\u00f0][{_CONTINUING}]")


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
        2,
        "warning",
        "field",
        each_field(matches_beyond_ascii(_INVISIBLE, _MAY_HIDE), _invisible),
        at_door=True,
    ),
    Check(
        "text.mojibake",
        2,
        "warning",
        "field",
        each_field(matches_beyond_ascii(_MOJIBAKE, _MAY_BE_GARBLED), _mojibake),
        at_door=True,
    ),
)
