"""Numbers of a response that its passage does not give."""

import re
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from itertools import islice
from typing import NamedTuple

from crowd.domain.categories import CategoryRule
from crowd.domain.checks.grounding import dates
from crowd.domain.checks.grounding.sources import source_of
from crowd.domain.checks.grounding.values import main_values_in, scale_after, values_in
from crowd.domain.checks.model import MAX_PER_FIELD, Check, Pair, Place, with_passage
from crowd.domain.checks.phrases import lower

# Up to here a number may be a count of what the passage lists, which only a reader can tell.
_COUNTABLE = 20

# Pairs of more numbers than this are not tried for sums: they would reach any number.
_MAX_SUMMANDS = 15
_MAX_AGE = 150

# So many numbers of a response are looked at, and of a passage with more nothing is said: its tables round to anything.
_MAX_CLAIMS = 500
_MAX_GIVEN = 1_000

# A number by itself, not in a name (“COVID-19”, “MP3”, “3.1.4”), a URL or a formula.
_NUMBER = re.compile(
    r"(?<![\w.,/:=^*+#_-])(?<![A-Za-z]-)[$€£]?(\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)"
    r"(?:st|nd|rd|th|s|%|km|kg|cm|mm|m|ft|lbs?|mph|k|bn)?(?![\w^*=/:+]|[.,]\d|-[A-Za-z])",
    re.IGNORECASE,
)
_WRITTEN = re.compile(r"\d+(?:[.,]\d+)*")
_LIST_ITEM = re.compile(r"(?:\A|\n)[^\S\n]*\(?\d{1,3}[.):-][^\S\n]?|\(\d{1,2}\)|\b\d{1,2}\)\s")

# Miles and kilometres, pounds and kilograms, feet and metres, inches and centimetres, acres and hectares, square miles.
_CONVERSIONS = (1.609, 0.6214, 2.205, 0.4536, 3.281, 0.3048, 2.54, 0.3937, 2.471, 0.4047, 2.59, 0.3861)
_UNIT = re.compile(
    r" ?-?(?:square |sq\.? )?(?:km|kilomet|mi\b|mile|kg|kilog|lb|pound|ft|feet|foot|m\b|met(?:er|re)|inch|cm|centim|acre"
    r"|hectare)",
    re.IGNORECASE,
)


_PLURAL = re.compile("['’]?s\\b")
# What is asked to be worked out is not in the passage, by right.
_ASKS_TO_RECKON = re.compile(
    r"\b(?:total|sum|average|difference|calculate|compute|percentage|ratio|area of|how old|how much (?:more|less)|times more"
    r"|how many more|how long (?:was|did|has)|how many years)\b"
)


class Given(NamedTuple):
    """What a source gives: every value that it may be read to give, and those that it plainly states."""

    all: AbstractSet[float]
    main: AbstractSet[float]


def _unsupported(pair: Pair, category: CategoryRule) -> Iterator[Place]:
    source = source_of(pair, category)
    if not source or _ASKS_TO_RECKON.search(lower(pair.instruction)):
        return
    written = set(_WRITTEN.findall(source))
    if written.issuperset(_WRITTEN.findall(pair.response)):
        return
    strange = [match for match in _NUMBER.finditer(pair.response) if match.group(1) not in written]
    if len(written) > _MAX_GIVEN:
        return
    given, beside = Given(values_in(source), main_values_in(source)), _not_claims(pair.response)
    places = (
        Place("response", *match.span(), _message(match.group()))
        for match in strange[:_MAX_CLAIMS]
        if match.start(1) not in beside and not _is_supported(match, pair.response, given)
    )
    yield from islice(places, MAX_PER_FIELD)


def _not_claims(response: str) -> set[int]:
    """The places of what numbers a list, and of dates, which are a check of their own."""
    spans = [match.span() for match in _LIST_ITEM.finditer(response)]
    spans += [date.span for date in dates.dates_in(response)]
    return {place for start, end in spans for place in range(start, end)}


def _is_supported(match: re.Match[str], response: str, given: Given) -> bool:
    plain, written = float(match.group(1).replace(",", "")), match.group()
    value = plain * (scale_after(response, match.end()) or 1)
    if plain in given.all or value in given.all:
        return True
    if value <= _COUNTABLE and value.is_integer():
        return True
    if written.endswith("%") and value == 100:
        return True
    if _PLURAL.match(response, match.end(1)) and value + 1900 in given.all:
        return True
    is_year = _is_year(value) and "," not in written
    return _follows(value, given.main, is_year=is_year) or _is_converted(value, response, match, given.main)


def _follows(value: float, given: AbstractSet[float], *, is_year: bool) -> bool:
    """Whether it is what is left of 100%, a share in percent, a span of years, rounded, or made of two of few numbers."""
    if 100 - value in given or value * 100 in given:
        return True
    years = [one for one in given if _is_year(one)]
    if value <= _MAX_AGE and any(one - value in given for one in years):
        return True
    if not is_year and any(_rounds_to(one, value) for one in given):
        return True
    return len(given) <= _MAX_SUMMANDS and any(
        _combine(one, other, value) for one in given for other in given
    )


def _combine(one: float, other: float, value: float) -> bool:
    """Whether two numbers give a third: added, taken away, multiplied, or divided and rounded."""
    if value in {one + other, one - other, one * other}:
        return True
    return bool(other) and (_rounds_to(one / other, value) or _rounds_to(100 * one / other, value))


def _rounds_to(one: float, value: float) -> bool:
    """Whether a given number has the value when it is rounded to as many figures as the value shows."""
    shown = f"{value:.6g}".replace(".", "").strip("0")
    return bool(one) and float(f"{one:.{max(len(shown), 1)}g}") == value


def _is_converted(value: float, response: str, match: re.Match[str], given: AbstractSet[float]) -> bool:
    """Whether it is a given number in another unit, near enough."""
    if not _UNIT.match(response, match.end(1)):
        return False
    return any(one and abs(value / one / factor - 1) < 0.03 for one in given for factor in _CONVERSIONS)


def _is_year(value: float) -> bool:
    return value.is_integer() and 1000 <= value <= 2100


def _message(found: str) -> str:
    return f"Neither the passage nor the instruction gives {found}: check it, or keep to what they say."


CHECKS = (Check("grounding.number", 1, "warning", "pair", _unsupported, categories=with_passage),)
