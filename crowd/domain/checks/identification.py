"""How likely a text is in which language: py3langid's model, added up in whole numbers.

The library adds floats in whatever order the processor likes, and a text at the border of a language may then be counted
here and not there. Its weights have few binary digits: in whole numbers the sum is the same in any order, on any machine.
"""

import unicodedata
from decimal import Context
from functools import cache
from math import sqrt
from typing import Any

# The weights are 16-bit floats between 2 and 16: times this they are whole. So is the logarithm of a count, rounded.
_WEIGHTS = 2**10
_LOGARITHMS = 2**20
# Steps of likelihood in one e-fold, and the e-folds below the best one from where a language no longer counts.
_STEPS = 2**10
_FARTHEST = 25
_WHOLE = 2**48
_EXACT = Context(prec=28)  # exp and ln are correctly rounded by their specification


@cache
def identifier() -> Any:
    """The library's model. It takes some hundred milliseconds to load, once in a process."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # noqa: PLC0415 - 4.6 MB that the web process never needs

    return LanguageIdentifier.from_model_file(MODEL_FILE)


def likely(text: str) -> dict[str, float]:
    """Each language (ISO 639) with its share of the likelihood; nothing where the model knows nothing of the text."""
    from py3langid.langid import visit_counts  # noqa: PLC0415 - as above

    model, content = identifier(), _encoded(text)
    visits = visit_counts(model.tk_nextmove, _starts_of_rows(), model.tk_output, content)
    if not visits:
        return {}
    # (features met, languages) float16, exactly whole once it is multiplied
    weights = (model.nb_ptc[list(visits)] * _WEIGHTS).astype("int64")
    evidence = weights.T.dot([_logarithm(count) for count in visits.values()])
    return _shares([own + int(met) for own, met in zip(_before(), evidence, strict=True)], len(content))


def _shares(scores: list[int], size_bytes: int) -> dict[str, float]:
    best, fold = max(scores), _WEIGHTS * _LOGARITHMS * sqrt(size_bytes)
    found: dict[str, int] = {}
    for language, score in zip(identifier().nb_classes, scores, strict=True):
        below = int((best - score) / fold * _STEPS)
        found[language] = found.get(language, 0) + (_share(below) if below < _FARTHEST * _STEPS else 0)
    whole = sum(found.values())
    return {language: share / whole for language, share in found.items()}


def _encoded(text: str) -> bytes:
    """As the library reads a text, so that its model fits."""
    lower = text.lower() if text.isupper() else text
    return unicodedata.normalize("NFC", lower).encode("utf-8", "surrogatepass")


@cache
def _starts_of_rows() -> list[int]:
    return [row << 8 for row in identifier().tk_row]


@cache
def _before() -> list[int]:
    """What speaks for each language before anything is read, in the same unit as the evidence."""
    return [round(float(own) * _WEIGHTS * _LOGARITHMS) for own in identifier().nb_pc]


@cache
def _logarithm(count: int) -> int:
    return round(_EXACT.multiply(_EXACT.ln(1 + count), _LOGARITHMS))


@cache
def _share(below: int) -> int:
    return round(_EXACT.multiply(_EXACT.exp(_EXACT.divide(-below, _STEPS)), _WHOLE))
