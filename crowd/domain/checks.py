"""The checks that a pair goes through: each a small pure function that says what it found and what to do about it.

Severity `error` refuses at the door and covers only what is plainly empty, over a limit, malformed, or against the
category's contract. All else goes to the reviewer, and a person decides. Exact copies need the database: not here.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Literal, NamedTuple

from crowd.domain import text
from crowd.domain.categories import CategoryRule, ContextRule
from crowd.domain.passages import find_citation_markers

Severity = Literal["error", "warning", "info"]
Field = Literal["category", "instruction", "context", "response"]

TEXT_FIELDS: tuple[Field, ...] = ("instruction", "context", "response")

# One rule says at most this much about one field: the first places are enough to act on.
MAX_PER_FIELD = 50

# Shorter than this is worth a look, not wrong: "What is C?" has 10 characters, and 60 of dolly-15k's responses
# ("50", "Yes") have three or fewer.
SHORT = {"instruction": 10, "response": 4}


@dataclass(frozen=True)
class Pair:
    """What a person sends: the category's key and the three texts, as typed."""

    category: str
    instruction: str
    context: str
    response: str

    def text_of(self, field: Field) -> str:
        return str(getattr(self, field))


@dataclass(frozen=True)
class Finding:
    """What a rule found, and where: code points [start, end) of the field as it was given."""

    rule: str
    severity: Severity
    field: str
    start: int
    end: int
    message: str


class Place(NamedTuple):
    """One thing found by a check."""

    field: str
    start: int
    end: int
    message: str


@dataclass(frozen=True)
class Check:
    """A rule of the public contract. `version` rises when its answers change; `scope` says what it may look at."""

    rule: str
    version: int
    severity: Severity
    scope: Literal["field", "pair"]
    run: Callable[[Pair, CategoryRule], Iterator[Place]]


def check(pair: Pair, category: CategoryRule) -> list[Finding]:
    """Run every check on a pair. Findings stand in the order of `CHECKS`, then of fields, then of places."""
    return [
        Finding(rule.rule, rule.severity, *place) for rule in CHECKS for place in rule.run(pair, category)
    ]


def errors_in(findings: Iterable[Finding]) -> list[Finding]:
    """Return the findings that keep a pair out."""
    return [finding for finding in findings if finding.severity == "error"]


def _missing(pair: Pair, category: CategoryRule) -> Iterator[Place]:
    if not text.visible(pair.instruction):
        yield _whole(pair, "instruction", "Write the instruction: what should be done or answered.")
    if category.context is ContextRule.REQUIRED and not text.visible(pair.context):
        yield _whole(
            pair,
            "context",
            "This category works on a passage: choose one, or paste it with its page address.",
        )
    if not text.visible(pair.response):
        yield _whole(pair, "response", "Write the response.")


def _forbidden(pair: Pair, category: CategoryRule) -> Iterator[Place]:
    if category.context is ContextRule.FORBIDDEN and text.canonical(pair.context):
        message = (
            "This category has no passage: say what is needed in the instruction, or choose another category."
        )
        yield _whole(pair, "context", message)


def _too_long(pair: Pair, category: CategoryRule) -> Iterator[Place]:
    for field in TEXT_FIELDS:
        limit, length = text.LIMITS[field], len(text.normalize_newlines(pair.text_of(field)))
        if length > limit:
            message = f"Shorten this: it has {length:,} characters, and {limit:,} is the limit."
            yield Place(field, limit, len(pair.text_of(field)), message)


def _short(pair: Pair, category: CategoryRule) -> Iterator[Place]:
    for field in ("instruction", "response"):
        if 0 < len(text.visible(pair.text_of(field))) < SHORT[field]:
            yield _whole(pair, field, "This is very short: make sure that it says all that is needed.")


def _copies_instruction(pair: Pair, category: CategoryRule) -> Iterator[Place]:
    if _same(pair.response, pair.instruction):
        yield _whole(pair, "response", "The response repeats the instruction: answer it instead.")


def _copies_context(pair: Pair, category: CategoryRule) -> Iterator[Place]:
    if _same(pair.response, pair.context):
        yield _whole(
            pair,
            "response",
            "The response is the whole passage: answer in own words, or quote only what is asked.",
        )


def _same(one: str, other: str) -> bool:
    canonical = text.canonical(one)
    return text.visible(canonical) != "" and canonical == text.canonical(other)


def _whole(pair: Pair, field: Field, message: str) -> Place:
    return Place(field, 0, len(pair.text_of(field)), message)


def _malformed(found: str) -> str:
    codes = ", ".join(sorted({f"U+{ord(character):04X}" for character in found})[:4])
    return f"Remove the control characters or broken characters here ({codes}): paste the text again as plain text."


def _prompt_marker(found: str) -> str:
    return f"Remove or reword “{found}”: the training prompt reserves it, and a text that has it cannot be learnt from."


def _citation_marker(found: str) -> str:
    return f"Remove the citation marker {found}: it belongs to the page, not to the text."


def _invisible(found: str) -> str:
    codes = ", ".join(sorted({f"U+{ord(character):04X}" for character in found})[:4])
    return f"Remove the invisible characters here ({codes}), or type the words again."


def _mojibake(found: str) -> str:
    return "Characters were lost or garbled here: type them again."


def _citations(value: str) -> Iterator[tuple[int, int]]:
    return ((marker.start, marker.end) for marker in find_citation_markers(value))


def _matches(pattern: re.Pattern[str]) -> Callable[[str], Iterator[tuple[int, int]]]:
    return lambda value: (match.span() for match in pattern.finditer(value))


def _matches_beyond_ascii(pattern: re.Pattern[str]) -> Callable[[str], Iterator[tuple[int, int]]]:
    """Skip ASCII texts, which are most, where no such character can be."""
    return lambda value: iter(()) if value.isascii() else _matches(pattern)(value)


def _each_field(
    find: Callable[[str], Iterator[tuple[int, int]]], say: Callable[[str], str]
) -> Callable[[Pair, CategoryRule], Iterator[Place]]:
    """Make a check that looks at every text alone: `find` gives the places, `say` the message about one."""

    def run(pair: Pair, category: CategoryRule) -> Iterator[Place]:
        for field in TEXT_FIELDS:
            value = pair.text_of(field)
            for start, end in islice(find(value), MAX_PER_FIELD):
                yield Place(field, start, end, say(value[start:end]))

    return run


# Joiners inside a script or an emoji (both neighbours beyond ASCII) do their work; elsewhere they hide.
_HIDDEN = "".join(sorted(set(text.INVISIBLE) - {"\u200c", "\u200d"}))
_INVISIBLE = re.compile(f"(?:[{_HIDDEN}]|(?<![^\x00-\x7f])[\u200c\u200d]|[\u200c\u200d](?![^\x00-\x7f]))+")

# The replacement character, and UTF-8 read as Latin-1 or Windows-1252: “Ã©” for “é”, “â€™” for “’”.
_MOJIBAKE = re.compile(
    "\ufffd+|\u00e2\u20ac[\u2122\u0153\u009d\u201c\u201d\u02dc\u00a6]|\u00c3[\u0080-\u00bf]"
)

CHECKS = (
    Check("field.missing", 1, "error", "pair", _missing),
    Check("field.forbidden", 1, "error", "pair", _forbidden),
    Check("length.long", 1, "error", "field", _too_long),
    Check("text.malformed", 1, "error", "field", _each_field(_matches(text.MALFORMED), _malformed)),
    Check("prompt.marker", 1, "error", "field", _each_field(_matches(text.PROMPT_MARKER), _prompt_marker)),
    Check("length.short", 1, "info", "field", _short),
    Check("copy.instruction", 1, "warning", "pair", _copies_instruction),
    Check("copy.context", 1, "warning", "pair", _copies_context),
    Check("citation.marker", 1, "warning", "field", _each_field(_citations, _citation_marker)),
    Check(
        "text.invisible", 1, "warning", "field", _each_field(_matches_beyond_ascii(_INVISIBLE), _invisible)
    ),
    Check("text.mojibake", 1, "warning", "field", _each_field(_matches_beyond_ascii(_MOJIBAKE), _mojibake)),
)
