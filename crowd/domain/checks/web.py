"""Hints that a text was copied from a page: what stands around its words there came along.

Hints, not proof: a person may give a link as an answer, and a list typed in an editor has its bullets.
"""

import re
from collections.abc import Iterator
from itertools import chain, islice

from crowd.domain.categories import CategoryRule
from crowd.domain.checks.model import MAX_PER_FIELD, TEXT_FIELDS, Check, Field, Pair, Place, Span
from crowd.domain.checks.phrases import finder

_MONTH = "(?:january|february|march|april|may|june|july|august|september|october|november|december)"

_phrases = finder(
    (
        ("http", r"\bhttps?://[^\s<>()\"']{4,}"),
        ("www.", r"(?<![\w/.])www\.[a-z0-9-]{2,}\.[^\s<>()\"']{2,}"),
        ("from wikipedia", r"\bfrom wikipedia, the free encyclopedia\b"),
        (
            "wikipedia",
            r"\b(?:source|according to|from)(?: the)?:? wikipedia\b(?! (?:article|entry|page|paragraph|passage|text))",
        ),
        ("view history", r"^view history$"),
        ("jump to", r"\bjump to (?:navigation|search|content)\b"),
        ("main article", r"^main articles?: "),
        ("see also", r"^see also:? ?$"),
        ("(listen)", r"\(listen\)"),
        ("retrieved", rf"\bretrieved (?:on )?(?:\d{{1,2}} )?(?:{_MONTH}|\d{{4}}-\d\d)"),
        ("archived from", r"\barchived from the original\b"),
        ("read more", r"^read more\b.{0,60}$"),
        ("continue reading", r"^continue reading\b.{0,60}$"),
        ("click here", r"\bclick here\b"),
        ("learn more", r"^learn more\b.{0,60}$"),
        ("share this", r"^share this\b.{0,30}$"),
        ("share on", r"^share on (?:facebook|twitter)\b.{0,30}$"),
        ("photo by", r"\bphoto by\b"),
        ("photo credit", r"\bphoto credit\b"),
        ("photo courtesy", r"\bphoto courtesy\b"),
        ("image:", r"^image: ?\S.{0,80}$"),
        ("image credit", r"\bimage credit\b"),
        ("image source", r"\bimage source\b"),
        ("getty images", r"\bgetty images\b"),
        ("all rights reserved", r"\ball rights reserved\b"),
        ("©", r"© ?(?:copyright )?\d{4}"),
        ("source:", r"^\(?source: ?\S.{0,200}$"),
        ("source :", r"^\(?source : ?\S.{0,200}$"),
        ("sources:", r"^\(?sources: ?\S.{0,200}$"),
        ("references", r"^references:? ?$|^references: \S"),
        ("external link", r"\bexternal link(?: disclaimer)?\b"),
        ("opens in", r"\bopens in (?:a )?new (?:tab|window)\b"),
        ("advertisement", r"^advertisement$"),
        ("cookie", r"\b(?:accept|we use) (?:all )?cookies\b"),
        ("min read", r"\b\d{1,2} min(?:ute)? read\b"),
        (" comments\n", r"^\d{1,5} comments$"),
        ("ans:", r"\A\s*ans:\s"),
        ("answer:", r"\A\s*answer:\s"),
        ("a:", r"\A\s*a:\s"),
    )
)

_GLYPH = re.compile("^[ \t]*[•●▪◦‣■□▶➢\uf0b7\uf0a7][ \t\u00a0\u202f]*\\S", re.MULTILINE)
# A no-break space that no typographer put there: between two letters, not before a unit or inside a quote.
_NO_BREAK = re.compile(r"(?<=[^\W\d_])\u00a0(?=[^\W\d_])|(?<=[.,;])\u00a0(?=[^\W\d_])")
_MANY_NO_BREAKS = 2


def _copied(pair: Pair, category: CategoryRule) -> Iterator[Place]:
    """A passage is copied by right, but for what belongs to its page."""
    for field in TEXT_FIELDS:
        value = pair.text_of(field)
        spans = _phrases(value) if field == "context" else chain(_phrases(value), _signs(value))
        for start, end in islice(spans, MAX_PER_FIELD):
            yield Place(field, start, end, _message(field, value[start:end]))


def _signs(value: str) -> Iterator[Span]:
    """Yield the first pasted bullet and the first of several stray no-break spaces."""
    if value.isascii():
        return
    yield from islice((match.span() for match in _GLYPH.finditer(value)), 1)
    strays = [match.span() for match in _NO_BREAK.finditer(value)] if "\u00a0" in value else []
    if len(strays) >= _MANY_NO_BREAKS:
        yield strays[0]


def _message(field: Field, found: str) -> str:
    shown = "No-break spaces" if found == "\u00a0" else f"“{' '.join(found.split())[:60]}”"
    if field == "context":
        return f"{shown} belongs to the page, not to the passage: leave it out."
    return f"{shown} may have come along from a page: write it in your own words, or leave this out."


CHECKS = (Check("web.copied", 1, "info", "field", _copied),)
