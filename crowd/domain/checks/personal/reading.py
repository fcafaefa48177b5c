"""A text as the recognisers read it: look-alike digits and signs made plain, what does not show left out."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from crowd.domain.text import INVISIBLE


@dataclass(frozen=True)
class Reading:
    """`text` is what is read; `offsets` says, for each of its code points, where it stands in the original."""

    text: str
    offsets: Sequence[int]

    def original(self, start: int, end: int) -> tuple[int, int]:
        """Where the non-empty stretch [start, end) of the reading stands in the original."""
        return self.offsets[start], self.offsets[end - 1] + 1


@lru_cache(maxsize=3)
def read(text: str) -> Reading:
    """Make full-width, mathematical and foreign digits, letters and signs plain; drop what does not show.

    Every code point becomes one or none, so that places can be told in the original. The last texts are kept because
    several rules read each in turn.
    """
    if text.isascii():
        return Reading(text, range(len(text)))
    folded = text.translate(_FOLDED)
    if len(folded) == len(text):
        return Reading(folded, range(len(text)))
    return Reading(folded, [at for at, character in enumerate(text) if _FOLDED[ord(character)] is not None])


class _Folded(dict[int, str | None]):
    """What each code point is read as; None leaves it out. Filled as texts bring new ones."""

    def __missing__(self, code: int) -> str | None:
        folded = _fold(chr(code))
        if code < 0x10000:  # No hostile text makes this table larger than the basic plane.
            self[code] = folded
        return folded


_FOLDED = _Folded()


def _fold(character: str) -> str | None:
    category = unicodedata.category(character)
    if category == "Cf" or character in INVISIBLE or "\ufe00" <= character <= "\ufe0f":
        return None
    if category == "Nd":
        return str(unicodedata.decimal(character))
    if category == "Zs":
        return " "
    if category == "Pd":
        return "-"
    plain = unicodedata.normalize("NFKC", character)
    return plain if len(plain) == 1 else character
