"""Swear words and slurs, plain or disguised; never by a part of a word, so that Scunthorpe is a town.

A word with an innocent meaning (a cock crows, Dick is a name) counts only in bad company or in disguise: nobody
disguises an innocent word. The list, its source and its licence: `data/profanity.txt`.
"""

import re
from collections.abc import Iterator
from functools import cache
from itertools import product
from pathlib import Path
from typing import NamedTuple

from crowd.domain import text
from crowd.domain.checks.folding import fold
from crowd.domain.checks.model import Check, Span, each_field
from crowd.domain.checks.phrases import outermost

_LIST = Path(__file__).parent / "data" / "profanity.txt"

_WORD = re.compile(r"[a-z]+")
# A run of letters with digits or signs in it, from its beginning: the look-behind keeps the search linear.
_SIGNED = re.compile(r"(?<![a-z0-9@$!*#])[a-z]*+[0-9@$!*#][a-z0-9@$!*#]*+")
_MAY_BE_SIGNED = re.compile(r"[0134578@$*#!][a-z$]")
_SPACED = re.compile(r"(?<!\w)(?:[a-z][ .\-_*]){2,}[a-z](?!\w)")
_MIN_SPACED = 4  # different letters, each by itself: fewer stand in any text (“it’s a …”)
_STRETCHED = re.compile(r"([a-z])\1{2,}")
_RUNS = ("uuu", "iii", "ooo", "sss", "aaa")

# What stands for a letter. "1" is read as i and as l.
_LEET = {
    "0": "o",
    "1": "il",
    "3": "e",
    "4": "a",
    "5": "s",
    "7": "t",
    "8": "b",
    "@": "aou",
    "$": "s",
    "!": "i",
}
_STARS = "*#"
_EDGES = "!*#"  # may end or begin a word that is not disguised: #hashtag, **bold**, shout!
_MAX_DISGUISED = 16  # characters of the longest disguised word worth reading
_INVISIBLE = re.compile(f"[{text.INVISIBLE}]")


class _Words(NamedTuple):
    """The list, ready for look-up. Phrases stand under their last word; `heads` are those and the plain words."""

    plain: frozenset[str]
    phrases: dict[str, list[tuple[str, ...]]]
    disguised: frozenset[str]
    heads: frozenset[str]


@cache
def _words() -> _Words:
    sections: dict[str, list[str]] = {}
    for line in _LIST.read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            entries = sections.setdefault(line.strip("[]"), [])
        elif line and not line.startswith("#"):
            entries.append(line)
    phrases: dict[str, list[tuple[str, ...]]] = {}
    for phrase in sections["phrases"]:
        *before, last = phrase.split()
        phrases.setdefault(last, []).append(tuple(before))
    plain = frozenset(sections["words"])
    return _Words(
        plain=plain,
        phrases=phrases,
        disguised=plain.union(sections["disguised"]),
        heads=plain.union(phrases),
    )


def _profanities(value: str) -> Iterator[Span]:
    shown, at = _without_invisible(value)
    for start, end in outermost(_found(fold(shown), shown)):
        yield (at[start], at[end - 1] + 1) if at else (start, end)


def _found(lowered: str, shown: str) -> Iterator[Span]:
    """Look closer only where the words alone give reason to: nearly every text is innocent."""
    words = _WORD.findall(lowered)
    if not _words().heads.isdisjoint(words):
        yield from _plain(lowered, shown)
    if _MAY_BE_SIGNED.search(lowered):
        yield from _signed(lowered)
    if len({word for word in words if len(word) == 1}) >= _MIN_SPACED:
        yield from _spaced(lowered)
    if any(run in lowered for run in _RUNS):
        yield from _stretched(lowered)


def _without_invisible(value: str) -> tuple[str, list[int]]:
    """The text as it shows, and the place of each of its characters: none where nothing was hidden."""
    if value.isascii() or not _INVISIBLE.search(value):
        return value, []
    at = [place for place, character in enumerate(value) if character not in text.INVISIBLE]
    return "".join(value[place] for place in at), at


def _plain(lowered: str, shown: str) -> Iterator[Span]:
    words = _words()
    found = list(_WORD.finditer(lowered))
    for number, match in enumerate(found):
        word = match.group()
        if word in words.plain:
            yield match.span()
        elif word in words.phrases and not _is_name(shown, found, number):
            yield from _phrases(words.phrases[word], found, number)


def _phrases(phrases: list[tuple[str, ...]], found: list[re.Match[str]], number: int) -> Iterator[Span]:
    for before in phrases:
        first = number - len(before)
        if first >= 0 and tuple(match.group() for match in found[first:number]) == before:
            yield found[first].start(), found[number].end()


def _is_name(shown: str, found: list[re.Match[str]], number: int) -> bool:
    """Whether a word alone has a capital, as in "you, Dick": a name, not an insult."""
    here = shown[found[number].start()].isupper()
    return here and not (number and shown[found[number - 1].start()].isupper())


def _signed(lowered: str) -> Iterator[Span]:
    for match in _SIGNED.finditer(lowered):
        token = match.group().rstrip(_EDGES)
        if _may_be_disguised(token) and _is_disguise(token):
            yield match.start(), match.start() + len(token)


def _may_be_disguised(token: str) -> bool:
    """Whether there are letters enough to read a word: f*ck and a$$, but no 1990s, no A55 and no $100."""
    return 3 <= len(token) <= _MAX_DISGUISED and not token[:3].isdigit() and not token.isdigit()


def _is_disguise(token: str) -> bool:
    disguised = _words().disguised
    if token in disguised:
        return True
    visible = sum(letter.isalpha() for letter in token)
    if any(star in token for star in _STARS):
        return visible > 1 and len(token) > 3 and any(_fits(token, word) for word in disguised)
    if visible * 2 < len(token):
        return False
    return any(
        "".join(reading) in disguised for reading in product(*(_LEET.get(sign, sign) for sign in token))
    )


def _fits(starred: str, word: str) -> bool:
    """Whether a word is what the stars leave of it: m*th*rf***er."""
    if len(starred) != len(word) or starred[0] != word[0]:
        return False
    return all(shown in {letter, *_STARS} for shown, letter in zip(starred, word, strict=True))


def _spaced(lowered: str) -> Iterator[Span]:
    plain = _words().plain
    for match in _SPACED.finditer(lowered):
        if "".join(letter for letter in match.group() if letter.isalpha()) in plain:
            yield match.span()


def _stretched(lowered: str) -> Iterator[Span]:
    """fuuuuck: a letter three times or more, where once or twice would do."""
    for match in _WORD.finditer(lowered):
        word = match.group()
        if _STRETCHED.sub(r"\1", word) != word and _STRETCHED.sub(r"\1", word) in _words().plain:
            yield match.span()


def _message(found: str) -> str:
    return f"“{found}” may offend: leave it out, unless the text is about the word itself."


CHECKS = (Check("profanity", 1, "warning", "field", each_field(_profanities, _message), prepare=_words),)
