"""Telephone numbers: by words around them, by the shapes in which people write them, and by libphonenumber."""

import re
from collections.abc import Iterator

from crowd.domain.checks.personal.hits import Hit, near
from crowd.domain.checks.personal.libraries import phones as library
from crowd.domain.checks.personal.numbers import ids

KIND = "a telephone number"

# Seven to fifteen digits (ITU-T E.164) in groups, and an extension.
_SHAPE = re.compile(
    r"(?<![\w./+(-])(?<!\d,)(?P<number>(?:\+ ?|\()?\d{1,5}+(?:[) ./-]{0,3}\(?\d{1,11}+\)?){0,6})"
    r"(?: ?(?:x|ext\.?|extension) ?\d{1,6})?(?!\w|[.,]\d)",
    re.IGNORECASE,
)
# As North America writes it, and as others write a number for their own country: a leading 0, or an area code in brackets.
_NORTH_AMERICAN = re.compile(r"(?:(?:\+ ?|00)?1[ .-]?)?(?:\(\d{3}\)[ .-]?|\d{3}[ .-])\d{3}[ .-]\d{4}")
_NATIONAL = re.compile(r"(?:\(\d{2,5}\)|0\d{1,4})(?:[ -]{1,3}\d{2,8}){1,4}")

# Whose numbers are taken where no country is said: the largest that write English, and their neighbours.
_REGIONS = ("US", "GB", "CA", "AU", "IN", "IE", "NZ", "ZA")

_CUE_BEFORE = re.compile(
    r"\b(?:phone|telephone|tel|mobile|cell|fax|whatsapp|call(?: (?:me|us|him|her|them))?|dial|ring|hotline"
    r"|text (?:me|us|him|her)|reach (?:me|us|him|her|you)|answering at|contact)(?: number| no)?\b",
    re.IGNORECASE,
)
_CUE_AFTER = re.compile(r"[\s,;(\\-]{0,3}(?:office|fax|mobile|cell|home phone|work phone)\b", re.IGNORECASE)

# What is written with the same signs: dates, spans of years, US Social Security numbers, network addresses, decimals.
_OTHER = re.compile(
    r"(?:1[5-9]|20)\d\d(?:[ ./-]+\d{1,2}){2}"
    r"|\d{1,2}([./-])\d{1,2}\1(?:\d\d|\d{4})"
    r"|\(?(?:1\d|20)\d\d\)?[ /-]{1,3}\(?(?:1\d|20)\d\d\)?"
    r"|\d{3}-\d\d-\d{4}"
    r"|\d{1,3}(?:\.\d{1,3}){3}"
    r"|\d+[./]\d+"
)
_CODE = re.compile(r"\b(?:isbn|issn|doi|oclc|lccn|pmid|arxiv|iban|card|account|order|ssn)\b", re.IGNORECASE)


def phones(text: str) -> Iterator[Hit]:
    """Find telephone numbers that are no person's number of another kind: an NHS number has the same shape."""
    found = list(_numbers(text))
    others = {hit.end for hit in ids(text)} if found else set()
    yield from (hit for hit in found if hit.end not in others)


def _numbers(text: str) -> Iterator[Hit]:
    for match in _SHAPE.finditer(text):
        number = match["number"]
        if not 7 <= sum(map(str.isdigit, number)) <= 15 or _OTHER.fullmatch(number):
            continue
        if not near(_CODE, text, match.start(), within=24) and _is_phone(text, number, *match.span()):
            yield Hit(*match.span(), KIND, weak=_is_public(number))


def _is_phone(text: str, number: str, start: int, end: int) -> bool:
    if _CUE_AFTER.match(text, end) or near(_CUE_BEFORE, text, start, within=30):
        return True
    if _NORTH_AMERICAN.fullmatch(number):
        return True
    phonenumbers = library()
    if number.startswith("+"):
        return any(map(phonenumbers.is_possible_number, _parsed(number, None)))
    return _NATIONAL.fullmatch(number) is not None and any(
        phonenumbers.is_valid_number(parsed) for region in _REGIONS for parsed in _parsed(number, region)
    )


def _is_public(number: str) -> bool:
    """Whether nobody's own telephone has such a number: free of charge, or at the caller's."""
    types = library().PhoneNumberType
    public = {types.TOLL_FREE, types.PREMIUM_RATE, types.SHARED_COST, types.UAN}
    return any(library().number_type(parsed) in public for parsed in _parsed(number, _REGIONS[0]))


def _parsed(number: str, region: str | None) -> Iterator[object]:
    """The number as libphonenumber reads it, if it can."""
    try:
        yield library().parse(number, region)
    except library().NumberParseException:
        return
