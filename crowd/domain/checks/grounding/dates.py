"""Dates of a response that its passage does not give, in whatever form either writes them."""

import re
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from crowd.domain.categories import CategoryRule
from crowd.domain.checks.grounding.sources import source_of
from crowd.domain.checks.model import MAX_PER_FIELD, Check, Pair, Place, Span, with_passage
from crowd.domain.checks.phrases import lower

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = (
    r"(jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?)\b\.?"
)
_DAY = r"(\d{1,2})(?:st|nd|rd|th)?"
_YEAR = r"(\d{3,4})\b"

_DAY_FIRST = re.compile(rf"\b{_DAY}(?: of)?[ -]{_MONTH}(?:,? ?-?{_YEAR})?")
_MONTH_FIRST = re.compile(rf"\b{_MONTH} {_DAY}\b(?!\d|[.,]\d)(?:,? {_YEAR})?")
_MONTH_ALONE = re.compile(rf"\b{_MONTH},?(?: of)? {_YEAR}")
_ISO = re.compile(r"\b(\d{4})[-/](\d{1,2})[-/](\d{1,2})\b")
_NUMERIC = re.compile(r"\b(\d{1,2})[./-](\d{1,2})[./-](\d{4})\b")
_RANGE = re.compile(rf"\b(\d{{1,2}}) ?(?:[–-]|to|and|&) ?(\d{{1,2}}) {_MONTH}")
_RANGE_AFTER = re.compile(rf"\b{_MONTH} (\d{{1,2}}) ?(?:[–-]|to|and|&) ?(\d{{1,2}})\b")
_NUMERIC_PART = re.compile(r"\d[/.-]\d{1,2}[/.-]\d")
_NAMED = re.compile(rf"\b{_MONTH}")
_DIGITS = re.compile(r"\d+")


class Date(NamedTuple):
    """A date as a text gives it: 0 for a part that it leaves out."""

    span: Span
    year: int
    month: int
    day: int


class Known(NamedTuple):
    """What a source says of days: (month, day), months, and every number, among which are its years."""

    days: frozenset[tuple[int, int]]
    months: frozenset[int]
    numbers: frozenset[int]


def dates_in(value: str) -> list[Date]:
    """Every date with a month in it. One written in numbers may be read with the day or the month first."""
    text = lower(value)
    if not any(month in text for month in _MONTHS) and not _NUMERIC_PART.search(text):
        return []
    found = [Date(m.span(), int(m[3] or 0), _month(m[2]), int(m[1])) for m in _DAY_FIRST.finditer(text)]
    found += [Date(m.span(), int(m[3] or 0), _month(m[1]), int(m[2])) for m in _MONTH_FIRST.finditer(text)]
    ends = {date.span[1] for date in found}
    found += [
        Date(m.span(), int(m[2]), _month(m[1]), 0) for m in _MONTH_ALONE.finditer(text) if m.end() not in ends
    ]
    found += [Date(m.span(), int(m[1]), int(m[2]), int(m[3])) for m in _ISO.finditer(text)]
    for match in _NUMERIC.finditer(text):
        one, other, year = int(match[1]), int(match[2]), int(match[3])
        found += [Date(match.span(), year, one, other), Date(match.span(), year, other, one)]
    return [date for date in found if 1 <= date.month <= 12 and date.day <= 31]


def _known(source: str) -> Known:
    dates = dates_in(source)
    days = {(date.month, date.day) for date in dates if date.day}
    ranges = [
        *_RANGE.findall(lower(source)),
        *((first, last, month) for month, first, last in _RANGE_AFTER.findall(lower(source))),
    ]
    for first, last, month in ranges:
        days |= {(_month(month), day) for day in range(int(first), int(last) + 1)}
    months = {date.month for date in dates} | {_month(name) for name in _NAMED.findall(lower(source))}
    numbers = {int(digits[-9:]) for digits in _DIGITS.findall(source)}
    numbers |= {century + year for year in numbers if year < 100 for century in (1900, 2000)}
    return Known(frozenset(days), frozenset(months), frozenset(numbers))


def _unsupported(pair: Pair, category: CategoryRule) -> Iterator[Place]:
    source = source_of(pair, category)
    if not source:
        return
    said = dates_in(pair.response)
    if not said:
        return
    known = _known(source)
    supported = {date.span for date in said if _is_supported(date, known)}
    spans = sorted({date.span for date in said} - supported)
    for start, end in islice(spans, MAX_PER_FIELD):
        yield Place("response", start, end, _message(pair.response[start:end]))


def _is_supported(date: Date, known: Known) -> bool:
    if date.year and date.year not in known.numbers:
        return False
    return (date.month, date.day) in known.days if date.day else date.month in known.months


def _month(name: str) -> int:
    return _MONTHS.index(name[:3]) + 1


def _message(found: str) -> str:
    return (
        f"Neither the passage nor the instruction gives the date {found}: check it, or keep to what they say."
    )


CHECKS = (Check("grounding.date", 1, "warning", "pair", _unsupported, categories=with_passage),)
