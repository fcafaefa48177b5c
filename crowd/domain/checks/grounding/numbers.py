"""Numbers of a response that its passage does not give."""

import re
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from itertools import islice

from crowd.domain.categories import CategoryRule
from crowd.domain.checks.grounding import dates
from crowd.domain.checks.grounding.sources import source_of
from crowd.domain.checks.grounding.values import readings_of, scale_after, values_in
from crowd.domain.checks.model import MAX_PER_FIELD, Check, Pair, Place, with_passage

# Up to here a number may be a count of what the passage lists, which only a reader can tell.
_COUNTABLE = 20

# Pairs of more values than this are not tried for sums: they would reach any number.
_MAX_SUMMANDS = 40

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


def _unsupported(pair: Pair, category: CategoryRule) -> Iterator[Place]:
    source = source_of(pair, category)
    if not source:
        return
    written = set(_WRITTEN.findall(source))
    if written.issuperset(_WRITTEN.findall(pair.response)):
        return
    strange = [match for match in _NUMBER.finditer(pair.response) if match.group(1) not in written]
    given, beside = values_in(source), _not_claims(pair.response)
    places = (
        Place("response", *match.span(), _message(match.group()))
        for match in strange
        if match.start(1) not in beside and not _is_supported(match, pair.response, given)
    )
    yield from islice(places, MAX_PER_FIELD)


def _not_claims(response: str) -> set[int]:
    """The places of what numbers a list, and of dates, which are a check of their own."""
    spans = [match.span() for match in _LIST_ITEM.finditer(response)]
    spans += [date.span for date in dates.dates_in(response)]
    return {place for start, end in spans for place in range(start, end)}


def _is_supported(match: re.Match[str], response: str, given: AbstractSet[float]) -> bool:
    scale = scale_after(response, match.end()) or 1
    readings = readings_of(match.group(1))
    if any(reading in given or reading * scale in given for reading in readings):
        return True
    value = float(match.group(1).replace(",", "")) * scale
    if value <= _COUNTABLE and value.is_integer():
        return True
    if match.group().endswith("%") and value == 100:
        return True
    if match.group().endswith("s") and value < 100 and value + 1900 in given:
        return True
    return _follows(value, given) or (not _is_year(value) and any(_is_near(value, other) for other in given))


def _follows(value: float, given: AbstractSet[float]) -> bool:
    """Whether two given numbers add up to it, or differ by it: ages, spans of years, totals, what is left of 100%."""
    if len(given) > _MAX_SUMMANDS:
        return any(100 - other == value for other in given)
    others = given | {100.0}
    return any(abs(one - value) in others or value - one in others or one + value in others for one in given)


def _is_near(value: float, other: float) -> bool:
    """Whether it is the other, rounded or in another unit."""
    if not other:
        return False
    ratio = value / other
    return 0.95 <= ratio <= 1.05 or any(abs(ratio / factor - 1) < 0.03 for factor in _CONVERSIONS)


def _is_year(value: float) -> bool:
    return value.is_integer() and 1000 <= value <= 2100


def _message(found: str) -> str:
    return f"Neither the passage nor the instruction gives {found}: check it, or keep to what they say."


CHECKS = (Check("grounding.number", 1, "warning", "pair", _unsupported, categories=with_passage),)
