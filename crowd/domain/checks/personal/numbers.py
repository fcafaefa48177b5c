"""Numbers of money and of people, each with a shape and a check digit: cards, IBANs, national ids."""

import re
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from crowd.domain.checks.personal.hits import Hit
from crowd.domain.checks.personal.libraries import is_valid, numbers

# As printed on a card (4-4-4-4, 4-6-5, 4-6-4), in one piece, or digit by digit.
_CARD = re.compile(
    r"(?<!\w)(?<!\d\.)(?:"
    r"\d{4}(?P<gap>[ ._-]{1,3})\d{4}(?P=gap)\d{4}(?P=gap)\d{1,4}(?:(?P=gap)\d{1,3})?"
    r"|\d{4}(?P<wide>[ ._-]{1,3})\d{6}(?P=wide)\d{4,5}"
    r"|\d(?P<each>[ ._-])\d(?:(?P=each)\d){11,17}"
    r"|\d{13,19})(?![\w]|\.\d)"
)
# Numbers that the networks give out, with their lengths (ISO/IEC 7812 and the networks' own pages).
_ISSUED = re.compile(
    r"4(?:\d{12}|\d{15}|\d{18})"  # Visa
    r"|(?:5[1-5]\d\d|222[1-9]|22[3-9]\d|2[3-6]\d\d|27[01]\d|2720)\d{12}"  # Mastercard
    r"|3[47]\d{13}"  # American Express
    r"|(?:6011|64[4-9]\d|65\d\d)\d{12,15}|62\d{14,17}"  # Discover, UnionPay
    r"|3(?:0[0-5]|[689]\d)\d{11}|35(?:2[89]|[3-8]\d)\d{12}"  # Diners, JCB
    r"|(?:5018|5020|5038|5893|6304|6759|676[1-3])\d{12}"  # Maestro
)

_IBAN_START = re.compile(r"(?<![^\W_])[A-Za-z]{2}\d{2}(?=[ -]?[A-Za-z0-9])")
_BBAN_PART = re.compile(r"(\d+)!")


class _Id(NamedTuple):
    """A national number whose shape and check digit are enough to tell it: python-stdnum's module, and the shape."""

    kind: str
    module: str
    shape: str


_IDS = (
    _Id("a US Social Security number", "us.ssn", r"\d{3}-\d{2}-\d{4}"),
    _Id("a US taxpayer number", "us.itin", r"9\d{2}-\d{2}-\d{4}"),
    _Id("a Spanish NIE", "es.nie", r"[XYZ]-?\d{7}-?[A-Z]"),
    _Id(
        "an Italian codice fiscale",
        "it.codicefiscale",
        r"[A-Z]{6}\d[\dL-V][A-Z][\dL-V]{2}[A-Z][\dL-V]{3}[A-Z]",
    ),
    _Id(
        "a French social security number",
        "fr.nir",
        r"[12] ?\d\d ?(?:0\d|1[0-2]|[2-9]\d) ?[\dAB]{2} ?\d{3} ?\d{3} ?\d\d",
    ),
    _Id("a Brazilian CPF", "br.cpf", r"\d{3}\.\d{3}\.\d{3}-\d{2}"),
    _Id("a Mexican CURP", "mx.curp", r"[A-Z]{4}\d{6}[HM][A-Z]{5}[A-Z\d]\d"),
    _Id("a Chinese identity number", "cn.ric", r"\d{6}(?:19|20)\d{9}[\dX]"),
    _Id("a Swedish personnummer", "se.personnummer", r"(?:19|20)?\d{6}[-+]\d{4}"),
    _Id("a Finnish personal identity code", "fi.hetu", r"\d{6}[-+A]\d{3}[\dA-Y]"),
    _Id("a South Korean resident number", "kr.rrn", r"\d{6}-\d{7}"),
    _Id("a Belgian national number", "be.nn", r"\d\d\.\d\d\.\d\d-\d{3}\.\d\d"),
    _Id("a German tax number", "de.idnr", r"[1-9]\d \d{3} \d{3} \d{3}"),
    _Id("a Swiss AHV number", "ch.ssn", r"756\.\d{4}\.\d{4}\.\d\d"),
)
_ID = re.compile(
    r"(?<![\w.-])(?:" + "|".join(f"(?P<id{at}>{row.shape})" for at, row in enumerate(_IDS)) + r")(?![\w-])"
)

# HMRC, NIM39110: which prefixes are never given.
_NINO = re.compile(
    r"(?<!\w)(?!BG|GB|KN|NK|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]( ?)\d\d\1\d\d\1\d\d\1[A-D](?!\w)"
)

# A number that the text itself calls one: no check digit is asked, because the name says it.
_NAMED = re.compile(
    r"(?<!\w)(?P<name>ssn|social security|social insurance|national insurance|nino|nhs|passport"
    r"|driver'?s?'? licen[cs]e|driving licen[cs]e|aadhaar|pesel|bsn|dni"
    r"|steuer-?id(?:-?nr\.?|entifikationsnummer)?|steuerliche identifikationsnummer"
    r"|(?:national|personal|tax|taxpayer) (?:id|identification|identity)|tax file|identity card)"
    r"(?: (?:number|card|no\.?|num|#|id)){0,2}(?: (?:is|was|are)|\s?[:=#]){0,2}\s{0,2}"
    r"(?P<number>[A-Z]{0,3} ?\d[\dA-Z]*+(?:[ .-]\d[\dA-Z]*+){0,5}[A-Z]?)(?!\w)",
    re.IGNORECASE,
)
# Every one of these has six digits that stand close together.
_FEWEST_DIGITS = 6
_ENOUGH_DIGITS = re.compile(r"\d(?:[ A-Z.+-]{0,2}\d){5}")


def cards(text: str) -> Iterator[Hit]:
    for match in _CARD.finditer(text):
        number = _digits(match.group())
        if _ISSUED.fullmatch(number) and is_valid("luhn", number):
            yield Hit(*match.span(), "a payment card number")


def ibans(text: str) -> Iterator[Hit]:
    end = 0
    for match in _IBAN_START.finditer(text):
        length = _iban_length(match.group()[:2].upper())
        if match.start() < end or length is None:
            continue
        found = _alphanumeric(text, match.start(), length)
        if found is not None and is_valid("iban", text[match.start() : found]):
            end = found
            yield Hit(match.start(), end, "an IBAN")


def ids(text: str) -> Iterator[Hit]:
    if not _ENOUGH_DIGITS.search(text):
        return
    known = {}
    for match in _ID.finditer(text):
        row = _IDS[int(str(match.lastgroup)[2:])]
        if is_valid(row.module, match.group()):
            known[match.end()] = Hit(*match.span(), row.kind)
    for match in _NINO.finditer(text):
        known[match.end()] = Hit(*match.span(), "a UK National Insurance number")
    yield from known.values()
    for match in _NAMED.finditer(text):
        if match.end() not in known and len(_digits(match["number"])) >= _FEWEST_DIGITS:
            yield Hit(*match.span("number"), "an identity document's number")


@cache
def _iban_length(country: str) -> int | None:
    """How long a country's IBANs are: two letters, two check digits, and its own part by the registry's structure."""
    properties = numbers("numdb").get("iban").info(country)[0][1]
    parts = _BBAN_PART.findall(properties.get("bban", ""))
    return 4 + sum(map(int, parts)) if parts else None


def _alphanumeric(text: str, start: int, count: int) -> int | None:
    """Where `count` letters and digits from `start` end, single spaces and dashes between; None if there are not as many."""
    at, missing = start, count
    while missing:
        if at >= len(text):
            return None
        if text[at].isalnum():
            missing -= 1
        elif text[at] not in " -" or not text[at - 1].isalnum():
            return None
        at += 1
    return None if text[at : at + 1].isalnum() else at


def _digits(value: str) -> str:
    return "".join(filter(str.isdigit, value))
