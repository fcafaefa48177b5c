"""Postal addresses: where a person lives is a warning, a street and a number alone are as often a museum's.

No small library does this (libpostal's tables take 2 GB), so these are shapes: a street with its number, a flat, a box,
a town with its postcode, or a number and a name after words such as “lives at”. A person's or a town's name alone is
not looked for.
"""

import re
from collections.abc import Iterator

from crowd.domain.checks.personal.hits import Hit, near

KIND = "a postal address"

_DIGIT = re.compile(r"\d")
_NUMBER = r"(?<![\w.,/:$€£-])\d{1,5}+(?![.,:]\d)[A-Ha-h]?(?:[-/]\d{1,5})?"
_NAME = r"(?:[^\W\d_]\w{0,2}\.|[^\W\d_][\w'’-]{0,30}|\d{1,3}(?:st|nd|rd|th))"
_PROPER = rf"(?:(?![a-z]){_NAME})"

# What stands after a street's name in English, before it in Romance and Slavic languages, at its end in Germanic ones.
_ENGLISH = (
    "(?:Street|St|Avenue|Ave|Road|Rd|Lane|Ln|Drive|Dr|Boulevard|Blvd|Way|Court|Ct|Crescent|Place|Pl|Square|Sq|Terrace"
    "|Close|Highway|Hwy|Parkway|Pkwy|Trail|Circle|Grove|Mews)"
)
_ROMANCE = r"(?:[Rr]ua|[Rr]ue|Calle|Via|Viale|Piazza|Avenida|Avenue|Plaza|Praça|Paseo|[Uu]lica|[Uu]l\.|[Cc]hemin|Quai)"
# French puts the number first as English does, and the kind of street before its name.
_FRENCH = (
    r"(?:[Rr]ue|[Aa]venue|[Bb]oulevard|[Aa]llées?|[Ii]mpasse|[Cc]hemin|[Qq]uai|[Pp]lace|[Cc]ours|[Rr]oute|[Ff]aubourg"
    r"|[Bb]d\.?|[Aa]v\.)"
)
_PARTICLES = r"(?:(?:de la|des?|du|aux?|sur|la|les?) )?(?:[dl]['’])?"
_FRENCH_STREET = rf"{_FRENCH} {_PARTICLES}{_PROPER}(?: {_PARTICLES}{_PROPER}){{0,3}}(?:,? \d{{5}} {_PROPER})?"
_GERMANIC = "(?:straße|strasse|straat|gatan|gade|veien|vegen|weg|laan|plein|gasse|katu)"

_STREET = re.compile(
    rf"{_NUMBER}(?: ?(?:bis|ter)\b)?,? "
    rf"(?:(?:{_PROPER} ){{1,4}}?{_ENGLISH}\b(?! of\b)|{_FRENCH_STREET}|{_ROMANCE} {_PROPER})"
)
_NUMBER_AFTER_NAME = re.compile(r"(?<=[^\W\d_] )\d{1,4}[a-z]?\b(?![.,:]\d)")
_STREET_BEFORE = re.compile(
    rf"\b(?:{_ROMANCE} (?:(?:{_PROPER}|d[aeiou]s?|del|della|la|le) ){{1,4}}|(?![a-z])[^\W\d_][\w-]{{2,30}}{_GERMANIC} )\Z"
)
_LONGEST_STREET = 60

# 1989 Tiananmen Square protests, 2010 Supreme Court: a year, and what happened there.
_YEAR = re.compile(r"(?:1[5-9]|20)\d\d,? ")
_PLACED = re.compile(r"\b(?:at|to|on|is|address|visit):?\s\Z", re.IGNORECASE)

_FLAT = re.compile(
    r"\b(?:[Aa][Pp][Tt]|[Aa]partment|[Ss]uite|[Ss]te|[Ff]lat|[Uu]nit)\b\.? ?(?:#|[Nn]o\.?)? ?\d{1,5}[A-Za-z]?\b"
)
_BOX = re.compile(
    r"\bP\.? ?O\.? ?Box \d{1,6}\b|\b(?:PSC|Unit) \d{1,5},? Box \d{1,5}|\b[AFD]PO A[AEP] \d{5}\b",
    re.IGNORECASE,
)
_STATES = (
    "A[AEKLPRZ]|C[AOT]|D[CE]|FL|G[AU]|HI|I[ADLN]|K[SY]|LA|M[ADEINOST]|N[CDEHJMVY]|O[HKR]|P[AR]|RI|S[CD]|T[NX]|UT|V[AIT]"
    "|W[AIVY]"
)
# As in the United States, the United Kingdom (BS 7666) and Canada.
_TOWN = re.compile(
    rf"\b(?:{_STATES}),? \d{{5}}(?:-\d{{4}})?\b"
    r"|\b[A-Z]{1,2}\d[A-Z\d]? \d[ABD-HJLNP-UW-Z]{2}\b"
    r"|\b[ABCEGHJ-NPRSTVXY]\d[A-Z] \d[A-Z]\d\b"
)
_POSTCODE = re.compile(
    r"\b(?:zip|postal|post) ?code(?: is|:)? (?P<place>\d{4,6}(?:-\d{4})?)\b", re.IGNORECASE
)

# The rest of an address around a flat, a box or a town: its street before it, the lines down to the postcode after it.
_MONTH = "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_START = re.compile(
    rf"(?<![\w.,])\d{{1,5}}+(?!\d)(?:(?!\band\b| {_MONTH})[^\n!?:;]){{0,60}}(?:\n[^\w\n]{{0,10}})?\Z"
)
_REST = re.compile(
    r"(?:,? \d{1,5}+ [^\n]{3,60})?"
    r"[^\n\d.!?:]{0,50}(?:\n[^\w\n]{0,10}[^\n\d!?:]{0,40}){0,4}?(?<![\w.])\d{4,6}(?![\w-]|\.\d)"
)

_OWN = re.compile(
    r"(?:\b(?:my|his|her|our|their|your|new|home|billing|shipping|mailing)|'s)\s(?:\w+\s){0,3}?address"
    r"|\b(?:live[sd]?|living|reside[sd]?|residing) (?:at|on|in)\b|\b(?:i|we)(?:'ve| have)? moved"
    r"|\A\W*address:",
    re.IGNORECASE,
)
# A name at the start of a line or sentence, and nothing else before the street.
_ADDRESSEE = re.compile(r"(?:\A|[\n.:;>])\s*(?:[A-Z][\w.'’-]{0,20} ){1,3}[A-Z][\w'’-]{1,20}(?:, ?|\n)\s?\Z")
_LONGEST_NAME = 80

_CUE = re.compile(
    r"address(?:es)?\b[^\n.?!]{0,50}?(?:\bis|\bare|\bto|\bwith|:)(?= |\n)"
    r"|\b(?:live[sd]?|living|reside[sd]?|office is|located|arrived) at\b|\bit's (?:in|at)\b"
    r"|\b(?:send|sent|ship|deliver|mail|return|taxi)(?:ed)?\b[^\n.?!]{0,25}? to\b"
    r"|\bmeet(?:ing)? [^\n.?!]{0,40}?(?:\bat|,)(?= )",
    re.IGNORECASE,
)
# One of these stands in every text that the pattern above can match.
_CUE_WORDS = (
    "address",
    " at ",
    "it's in",
    "send",
    "sent",
    "ship",
    "deliver",
    "mail",
    "return",
    "taxi",
    "meet",
)
_UNIT = (
    r"(?:[ap]\.?m|percent|people|persons?|miles?|km|kilomet|met(?:er|re)s?|feet|ft|years?|months?|weeks?|days?|hours?"
    "|minutes?|seconds?|times|degrees|o.clock)"
)
_TAIL = r"(?:[^\n?!.;(]|\.(?=\S)){0,60}"
_AFTER_CUE = re.compile(
    rf"\s{{1,8}}(?P<place>{_NUMBER},? (?:\d{{1,5}} )?(?!(?:{_UNIT}|or|and|to|of|in|at|on|for|the|a)\b){_PROPER}{_TAIL}"
    rf"|(?:the corner of )?(?:{_PROPER},? (?:and )?){{1,6}}?{_NUMBER}\b(?! {_UNIT}\b))"
)
_AFTER_CUE_IN_LOWER_CASE = re.compile(_AFTER_CUE.pattern.replace("(?![a-z])", ""))


# A comma and a space, or the end of a line, between two parts of one address.
_GAP = 2


def addresses(text: str) -> Iterator[Hit]:
    """Find addresses; what overlaps is one, and as weak as its strongest part."""
    if _DIGIT.search(text) is None:
        return
    merged: list[Hit] = []
    for hit in sorted((*_whole(text), *_streets(text), *_announced(text))):
        if merged and hit.start <= merged[-1].end + _GAP:
            last = merged.pop()
            merged.append(Hit(last.start, max(last.end, hit.end), KIND, last.weak and hit.weak))
        else:
            merged.append(hit)
    yield from merged


def _whole(text: str) -> Iterator[Hit]:
    """Find flats, boxes and towns, and the lines of the address around each."""
    for pattern in (_FLAT, _BOX, _TOWN):
        for match in pattern.finditer(text):
            before = _START.search(text, max(0, match.start() - _LONGEST_NAME), match.start())
            after = _REST.match(text, match.end()) if pattern is _FLAT else None
            if pattern is _FLAT and not (before or after or near(_OWN, text, match.start(), within=80)):
                continue  # “Unit 3” of a power station, of a book.
            start = before.start() if before else match.start()
            end = after.end() if after else match.end()
            yield Hit(start, end, KIND, weak=pattern is _TOWN and not before)


def _streets(text: str) -> Iterator[Hit]:
    for match in _STREET.finditer(text):
        if not _YEAR.match(match.group()) or near(_PLACED, text, match.start(), within=12):
            yield _street(text, *match.span())
    for match in _NUMBER_AFTER_NAME.finditer(text):
        before = _STREET_BEFORE.search(text, max(0, match.start() - _LONGEST_STREET), match.start())
        if before:
            yield _street(text, before.start(), match.end())


def _street(text: str, start: int, end: int) -> Hit:
    addressee = _ADDRESSEE.search(text, max(0, start - _LONGEST_NAME), start)
    return Hit(start, end, KIND, weak=not (addressee or near(_OWN, text, start, within=80)))


def _announced(text: str) -> Iterator[Hit]:
    """Find what follows words that announce an address, and a postcode that is called one."""
    lower = text.lower()
    if any(word in lower for word in _CUE_WORDS):
        place = _AFTER_CUE_IN_LOWER_CASE if text == lower else _AFTER_CUE
        for cue in _CUE.finditer(text):
            match = place.match(text, cue.end())
            if match:
                yield _street(text, *match.span("place"))
    if "code" in lower:
        for match in _POSTCODE.finditer(text):
            yield Hit(*match.span("place"), "a postcode", weak=True)
