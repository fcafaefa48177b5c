"""Read numbers in digits and in words: “1,234.5”, “2.5 million”, “1939–45”, “the 1960s”, “twenty-five”."""

import re

from crowd.domain.checks.phrases import lower

_UNITS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen "
    "fourteen fifteen sixteen seventeen eighteen nineteen"
)
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_ORDINALS = (
    "zeroth first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth "
    "fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth"
)
_ORDINAL_TENS = "twentieth thirtieth fortieth fiftieth sixtieth seventieth eightieth ninetieth"
_SMALL = {word: value for words in (_UNITS, _ORDINALS) for value, word in enumerate(words.split())} | {
    word: 10 * value for words in (_TENS, _ORDINAL_TENS) for value, word in enumerate(words.split(), 2)
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
_NUMBER_WORDS = _SMALL.keys() | _SCALES.keys()
_BETWEEN = frozenset(["and", "a", "-"])  # may stand within a number in words
_WORD = re.compile(r"[a-z]+|[^\sa-z]")
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
    return found | _values_in_words(lower(source))


def main_values_in(source: str) -> set[float]:
    """Every number that a text states in digits, with its scale: what sums are made of."""
    found: set[float] = set()
    for match in _DIGITS.finditer(source):
        digits = match.group()
        value = float(digits.replace(",", "")) if digits.count(".") < 2 else 0.0
        found.add(value * (scale_after(source, match.end()) or 1))
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


def _values_in_words(lowered: str) -> set[float]:
    """The values of every run of number words, and of each part of it."""
    found: set[float] = set()
    run: list[str] = []
    for word in [*_WORD.findall(lowered), ""]:
        if word in _NUMBER_WORDS:
            run.append(word)
        elif run and word not in _BETWEEN:
            found |= _values_of(run)
            run = []
        if word in _OTHERS or word[:-1] in _OTHERS:
            found.add(float(_OTHERS.get(word) or _OTHERS[word[:-1]]))
    return found


def _values_of(words: list[str]) -> set[float]:
    parts = {float(_SMALL[word]) for word in words if word in _SMALL}
    scales = {float(_SCALES[word]) for word in words if word in _SCALES}
    return parts | scales | {_value_of(words)}


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
