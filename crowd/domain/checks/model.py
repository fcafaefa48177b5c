"""What a check is, what it looks at and what it answers.

A check is a small pure function with a rule id of the public contract. It yields *places*: the field, the code points
[start, end) of that field as it was given, and a message that tells a person what to do. Severity `error` refuses at
the door and covers only what is plainly empty, over a limit, malformed, or against the category's contract; all else
goes to the reviewer, and a person decides.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Literal, NamedTuple

from crowd.domain.categories import CategoryRule, ContextRule

Severity = Literal["error", "warning", "info"]
Field = Literal["category", "instruction", "context", "response"]
Span = tuple[int, int]

TEXT_FIELDS: tuple[Field, ...] = ("instruction", "context", "response")

# One rule says at most this much about one field: the first places are enough to act on.
MAX_PER_FIELD = 50


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
    """What a rule found, and where: code points [start, end) of the field as it was given.

    `version` is the check's: a finding of an older one may be found no more.
    """

    rule: str
    severity: Severity
    field: str
    start: int
    end: int
    message: str
    version: int = 1


class Place(NamedTuple):
    """One thing found by a check. `severity` is said only where it is weaker than the check's own."""

    field: str
    start: int
    end: int
    message: str
    severity: Severity | None = None


Run = Callable[[Pair, CategoryRule], Iterator[Place]]
Scope = Callable[[CategoryRule], bool]


def every_category(category: CategoryRule) -> bool:
    """The scope of most checks."""
    return True


def with_passage(category: CategoryRule) -> bool:
    """The scope of what compares a response with its passage."""
    return category.context is not ContextRule.FORBIDDEN


def nothing_to_load() -> None:
    """What a check without a library of its own prepares."""


@dataclass(frozen=True)
class Check:
    """A rule of the public contract.

    `version` rises when its answers change. `scope` says what it looks at: each text alone, or the pair.
    `categories` says which categories it is for. `at_door` marks those that also run while a person waits, in the web
    process: they are cheap, need no library and see texts of any length. `prepare` loads a library or a table before
    the first run, so that its loading is not taken for a check that hangs; it must cost nothing the second time.
    """

    rule: str
    version: int
    severity: Severity
    scope: Literal["field", "pair"]
    run: Run
    categories: Scope = every_category
    at_door: bool = False
    prepare: Callable[[], object] = nothing_to_load


def whole(pair: Pair, field: Field, message: str) -> Place:
    """A place that is all of a field."""
    return Place(field, 0, len(pair.text_of(field)), message)


def matches(pattern: re.Pattern[str]) -> Callable[[str], Iterator[Span]]:
    """Find every match of a pattern."""
    return lambda value: (match.span() for match in pattern.finditer(value))


def matches_beyond_ascii(pattern: re.Pattern[str], hint: re.Pattern[str]) -> Callable[[str], Iterator[Span]]:
    """Find every match of a pattern that is beyond ASCII, in the few texts where a simpler one says there may be any."""
    return lambda value: iter(()) if value.isascii() or not hint.search(value) else matches(pattern)(value)


def each_field(
    find: Callable[[str], Iterator[Span]],
    say: Callable[[str], str],
    fields: tuple[Field, ...] = TEXT_FIELDS,
) -> Run:
    """Make a check that looks at every text alone: `find` gives the places, `say` the message about one."""

    def run(pair: Pair, category: CategoryRule) -> Iterator[Place]:
        for field in fields:
            value = pair.text_of(field)
            for start, end in islice(find(value), MAX_PER_FIELD):
                yield Place(field, start, end, say(value[start:end]))

    return run
