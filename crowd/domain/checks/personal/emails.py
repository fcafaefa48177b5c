"""E-mail addresses, plain and spelled out to hide them: “jane (at) example (dot) com”."""

import re
from collections.abc import Iterator

from crowd.domain.checks.personal.hits import Hit

KIND = "an e-mail address"

# A name is read once, from its first character on: every run of characters is passed a fixed number of times.
_PLAIN = re.compile(r"(?<![\w.%+'-])[\w.%+'-]++@(?P<domain>[\w-]++(?:\.[\w-]++)+)")

_DOT = r"(?:\s?[\[({<]\s?(?:dot|\.)\s?[\])}>]\s?|\sdot\s|\.)"
_AT = r"(?:\s?[\[({<]\s?(?:at|@)\s?[\])}>]\s?|\sat\s|\s?@\s?)"
_SPELLED = re.compile(
    rf"(?<![\w.+-])[\w.+-]{{1,64}}(?:{_DOT}[\w+-]{{1,64}}){{0,4}}(?P<at>{_AT})"
    rf"(?P<domain>[\w-]{{1,63}}(?:{_DOT}[\w-]{{1,63}}){{1,5}})(?![\w-])",
    re.IGNORECASE,
)
_DOT_SPELLED = re.compile(r"\W\s?(?:dot|\.)\s?\W", re.IGNORECASE)
_HIDING = re.compile(r"\sdot\s|[\[({<]\s?(?:dot|\.|at|@)\s?[\])}>]|\s@|@\s", re.IGNORECASE)

# What people write before a site's name at which there is something, and before nobody's: “look at google dot com”.
_NO_NAME = re.compile(
    "and|are|available|be|been|find|found|free|go|her|here|him|hosted|i|is|it|live|look(?:ed|ing|s)?|me|meet(?:ing)?"
    "|only|online|or|out|page|released|shop|site|stay|stop|them|there|us|visit|was|we|website|were|work(?:ing|s)?|you",
    re.IGNORECASE,
)
# After a dot that is spelled out, a country or one of these: “home dot product” is mathematics.
_SPOKEN_ENDING = re.compile(
    "[a-z]{2}|com|org|net|edu|gov|mil|int|info|biz|name|app|dev|pro|email|mail|cloud|tech|online|xyz",
    re.IGNORECASE,
)
_AFTER_SPOKEN_DOT = re.compile(r"\sdot\s(?P<ending>[\w-]+)\Z", re.IGNORECASE)

# `https://name:password@host` is no address: the rule for secrets looks at it.
_IN_URL = re.compile(r"://[^\s/@]*\Z")

# `logo@2x.png`, and the login of every repository's address.
_FILE_ENDINGS = frozenset({"png", "jpg", "jpeg", "gif", "svg", "webp"})
_NOBODY = "git"


def emails(text: str) -> Iterator[Hit]:
    if "@" in text:
        yield from _plain(text)
    if _HIDING.search(text):
        yield from _spelled(text)


def _plain(text: str) -> Iterator[Hit]:
    for match in _PLAIN.finditer(text):
        name = match.group().partition("@")[0]
        start = match.start() + len(name) - len(name.lstrip(".'%+-"))
        end = match.start() + len(match.group().rstrip("-_"))
        domain = match["domain"].rstrip("-_")
        if name == _NOBODY or not _is_domain(domain) or _IN_URL.search(text, max(0, start - 100), start):
            continue
        yield Hit(start, end, KIND)


def _spelled(text: str) -> Iterator[Hit]:
    """Find addresses in which at least one sign was spelled out, put in brackets or set apart."""
    for match in _SPELLED.finditer(text):
        at = match["at"].strip()
        spelled = _DOT_SPELLED.search(match["domain"]) is not None
        if match["at"] == "@" and not spelled:
            continue  # A plain address, or none.
        if at.lower() == "at" and not spelled:
            continue  # “Look at example.com”.
        if at.lower() == "at" and _NO_NAME.fullmatch(text, match.start(), match.start("at")):
            continue  # “Look at example dot com”.
        last = _AFTER_SPOKEN_DOT.search(match["domain"])
        if last and not _SPOKEN_ENDING.fullmatch(last["ending"]):
            continue
        if _is_domain(re.sub(_DOT, ".", match["domain"], flags=re.IGNORECASE)):
            yield Hit(*match.span(), KIND)


def _is_domain(domain: str) -> bool:
    last = domain.rpartition(".")[2].lower()
    is_name = last.isalpha() and 2 <= len(last) <= 24
    return (is_name and last not in _FILE_ENDINGS) or last.startswith("xn--")
