"""Letters as they are drawn: without case, accents, width or script."""

import unicodedata

# Letters of other scripts that are drawn like Latin ones. Accents fall away by decomposition.
_DRAWN_ALIKE = str.maketrans("аеорсухіѕкмтвнԁɡııαοερυικ", "aeopcyxiskmtbhdgiiaoepuik")


class _Folding(dict[int, str]):
    """Characters beyond ASCII to the lower-case letter they are drawn like, one for one; others to themselves."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        base = unicodedata.normalize("NFKD", character.translate(_DRAWN_ALIKE))[:1].lower()
        self[code] = folded = base if "a" <= base <= "z" else character
        return folded


_FOLD = _Folding((code, chr(code).lower()) for code in range(128))


def fold(value: str) -> str:
    """Return a text of the same length, so that places stay: “Müller” and a Cyrillic “fuсk” in plain letters."""
    return value.lower() if value.isascii() else value.translate(_FOLD)
