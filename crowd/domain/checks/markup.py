"""Markup left in a text that is meant to be read: HTML, BBCode, wiki code, an open code fence.

Where code is asked for, markup is the answer; what stands inside a code fence or backticks is code everywhere.
"""

import re
from collections.abc import Iterator
from itertools import islice

from crowd.domain.categories import CategoryRule
from crowd.domain.checks.model import MAX_PER_FIELD, TEXT_FIELDS, Check, Pair, Place, Span
from crowd.domain.checks.phrases import lower

_TAGS = (
    "a|abbr|article|b|blockquote|body|br|button|center|code|col|dd|div|dl|dt|em|figure|font|footer|form|h[1-6]|head|"
    "header|hr|html|i|iframe|img|input|ins|kbd|label|li|link|main|meta|nav|ol|option|p|pre|q|s|samp|script|section|"
    "select|small|span|strike|strong|style|sub|sup|svg|table|tbody|td|textarea|tfoot|th|thead|tr|tt|u|ul|video|"
    "ref|references|nowiki|math"
)
_ENTITIES = (
    "amp|lt|gt|quot|apos|nbsp|copy|reg|trade|hellip|mdash|ndash|lsquo|rsquo|ldquo|rdquo|laquo|raquo|bull|middot|deg|"
    "times|euro|pound|eacute|egrave|agrave|uuml|ouml|auml|szlig"
)
_HTML = re.compile(rf"</?(?:{_TAGS})(?:\s[^<>]{{0,300}})?\s?/?>|<!--|<!doctype", re.IGNORECASE)
_ENTITY = re.compile(rf"&(?:{_ENTITIES}|#\d{{1,7}}|#x[0-9a-f]{{1,6}});", re.IGNORECASE)
_BBCODE = re.compile(
    r"\[/(?:b|i|u|s|url|img|quote|code|size|color|list)\]|\[(?:url|size|color|quote)=[^\[\]\n]{1,200}\]|\[img\]",
    re.IGNORECASE,
)
_WIKI = re.compile(
    r"\[\[(?:file|image|category|:?[a-z]{2,12}:)?[^\W\d_][^\[\]\n]{0,100}\]\]"
    r"|\{\{(?:cite|citation|convert|infobox|lang|main|reflist|see also)\b|'''?[^'\n]{1,80}'''?(?!')|__notoc__",
    re.IGNORECASE,
)
_LATEX = re.compile(
    r"\{\\displaystyle\b|\\(?:begin|end)\{[a-z*]{1,20}\}|\\text(?:bf|it)\{|\\cite\{", re.IGNORECASE
)
_FENCE = re.compile(r"^[ \t]{0,3}```", re.MULTILINE)

# A sign that each kind cannot be without, and the kind.
_KINDS = (("<", _HTML), ("&", _ENTITY), ("[", _BBCODE), ("[[", _WIKI), ("{{", _WIKI), ("\\", _LATEX))

_CODE = re.compile(r"```.*?(?:```|\Z)|`[^`\n]{1,300}`", re.DOTALL)
_ASKS_FOR_CODE = re.compile(
    r"\b(?:code|html|css|xml|svg|json|sql|latex|markdown|bbcode|wikitext|javascript|typescript|python|java|scala|react|"
    r"jsx|php|ruby|rust|c\+\+|c#|django|jinja|program|script|function|snippet|tags?|regex|regular expression|query|"
    r"web ?page|website|template|algorithm|unit test|class|command|api|programming|syntax|generics?)\b"
)


def _leftovers(pair: Pair, category: CategoryRule) -> Iterator[Place]:
    if _ASKS_FOR_CODE.search(lower(pair.instruction)):
        return
    for field in TEXT_FIELDS:
        for start, end in islice(_markup(pair.text_of(field)), MAX_PER_FIELD):
            yield Place(field, start, end, _message(pair.text_of(field)[start:end]))


def _markup(value: str) -> Iterator[Span]:
    fences = [match.span() for match in _FENCE.finditer(value)] if "```" in value else []
    prose = _CODE.sub(lambda code: " " * len(code.group()), value) if "`" in value else value
    spans = {match.span() for sign, kind in _KINDS if sign in prose for match in kind.finditer(prose)}
    yield from sorted([*spans, *(fences[-1:] if len(fences) % 2 else [])])


def _message(found: str) -> str:
    if found.lstrip().startswith("```"):
        return "This code block is never closed: add ``` where the code ends."
    return f"“{found[:40]}” is markup, and readers would see it as it stands: write plain text."


CHECKS = (Check("text.markup", 1, "warning", "pair", _leftovers),)
