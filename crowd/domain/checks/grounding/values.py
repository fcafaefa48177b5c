"""Read numbers in digits and in words: “1,234.5”, “2.5 million”, “1939–45”, “the 1960s”, “twenty-five”."""

import re
from collections.abc import Iterator

from crowd.domain.checks.model import Span

_UNITS = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]

_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]

_ORDINALS = [
    "zeroth",
    "first",
    "second",
    "third",
    "fourth",
    "fifth",
    "sixth",
    "seventh",
    "eighth",
    "ninth",
    "tenth",
    "eleventh",
    "twelfth",
    "thirteenth",
    "fourteenth",
    "fifteenth",
    "sixteenth",
    "seventeenth",
    "eighteenth",
    "nineteenth",
]

_ORDINAL_TENS = [
    "twentieth",
    "thirtieth",
    "fortieth",
    "fiftieth",
    "sixtieth",
    "seventieth",
    "eightieth",
    "ninetieth",
]

_SMALL = {word: value for words in (_UNITS, _ORDINALS) for value, word in enumerate(words)} | {
    word: 10 * value for words in (_TENS, _ORDINAL_TENS) for value, word in enumerate(words, 2)
}
_SCALES = {"hundred": 100, "thousand": 1_000, "million": 10**6, "billion": 10**9, "trillion": 10**12}
_OTHERS = {
    "dozen": 12,
    "half": 0.5,
    "twice": 2,
    "double": 2,
    "triple": 3,
    "quarter": 0.25,
    "decade": 10,
    "century": 100,
}
_ABBREVIATED = {"k": 1_000, "m": 10**6, "mn": 10**6, "bn": 10**9, "b": 10**9, "tn": 10**12}

_DIGITS = re.compile(r"\d+(?:[.,]\d+)*")
_SCALE = re.compile(r"[  -]?(hundred|thousand|million|billion|trillion|k|m|mn|bn|b|tn)\b", re.IGNORECASE)
_WORD = "|".join(sorted({*_SMALL, *_SCALES, "and", "a"}, key=len, reverse=True))
_WORDS = re.compile(rf"\b(?:{_WORD})(?:(?: |-)(?:{_WORD}))*+\b", re.IGNORECASE)
_OTHER_WORDS = re.compile(rf"\b({'|'.join(_OTHERS)})s?\b", re.IGNORECASE)
_RANGE = re.compile(r"\b(\d{2})(\d{2})[–/-](\d{2})\b(?![–/-]\d)")
_CENTURY = re.compile(r"\b(\d{1,2})(?:st|nd|rd|th)[ -]centur", re.IGNORECASE)


def values_in(source: str) -> set[float]:
    """Every value that a text may be read to give: a generous reading, since what is in it is not objected to."""
    found: set[float] = set()
    for match in _DIGITS.finditer(source):
        readings = readings_of(match.group())
        found.update(readings)
        if scale := scale_after(source, match.end()):
            found.update(reading * scale for reading in readings)
    for first, _short, last in _RANGE.findall(source):
        found.add(float(first + last))
    for match in _CENTURY.finditer(source):
        found.add((int(match.group(1)) - 1) * 100.0)
    found.update(value for _span, value in words_in(source))
    found.update(float(_OTHERS[match.group(1).lower()]) for match in _OTHER_WORDS.finditer(source))
    return found


def readings_of(digits: str) -> set[float]:
    """The values of digits with separators: “1.234” is a thousand here and one and a bit there; parts count as well."""
    parts = re.split("[.,]", digits)
    readings = {float(part) for part in parts} | {float("".join(parts))}
    if len(parts) > 1:
        readings.add(float("".join(parts[:-1]) + "." + parts[-1]))
    return readings


def scale_after(source: str, end: int) -> float:
    """What the word behind a number multiplies it by, or 0."""
    match = _SCALE.match(source, end)
    if not match:
        return 0
    word = match.group(1).lower()
    return float(_SCALES.get(word) or _ABBREVIATED[word])


def words_in(source: str) -> Iterator[tuple[Span, float]]:
    """Yield numbers in words with their places: the values of a run of words, and those of each part of it."""
    for match in _WORDS.finditer(source):
        words = re.split("[ -]", match.group().lower())
        for value in _values_of(words):
            yield match.span(), value


def _values_of(words: list[str]) -> set[float]:
    parts = {float(_SMALL[word]) for word in words if word in _SMALL}
    scales = {float(_SCALES[word]) for word in words if word in _SCALES}
    whole = _value_of(words)
    return parts | scales | ({whole} if whole else set())


def _value_of(words: list[str]) -> float:
    """“two hundred and five thousand” → 205,000; “nineteen eighty-four” → 1984."""
    total = current = 0
    for word in words:
        if word in _SMALL:
            value = _SMALL[word]
            current = current * 100 + value if 10 <= current < 100 and value >= 10 else current + value
        elif word == "hundred":
            current = max(current, 1) * 100
        elif word in _SCALES:
            total, current = total + max(current, 1) * _SCALES[word], 0
    return float(total + current)
