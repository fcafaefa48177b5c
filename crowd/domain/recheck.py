"""Checking old texts again: which states that goes through, and what it changed about what is known of a text. Pure."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, NamedTuple, Protocol, TypeVar


class State(StrEnum):
    """Where a re-run of the checks stands. Whether it waits for a worker is its job's to say."""

    RUNNING = "running"
    SUCCEEDED = "succeeded"
    CANCELLED = "cancelled"
    FAILED = "failed"


class Action(StrEnum):
    """What can happen to a re-run. An event records the action by this name."""

    BEGIN = "begin"
    SUCCEED = "succeed"
    CANCEL = "cancel"
    FAIL = "fail"


ENDS = {Action.SUCCEED: State.SUCCEEDED, Action.CANCEL: State.CANCELLED, Action.FAIL: State.FAILED}

# What became of a finding when its text was checked again: the names of a re-run's counts.
OUTCOMES = ("new", "gone", "changed", "unchanged")


class Finding(Protocol):
    """What is compared: a check's answer, or the row that kept one."""

    @property
    def rule(self) -> str: ...
    @property
    def severity(self) -> str: ...
    @property
    def field(self) -> str: ...
    @property
    def start(self) -> int | None: ...
    @property
    def end(self) -> int | None: ...
    @property
    def message(self) -> str: ...


Stored = TypeVar("Stored", bound=Finding)
Found = TypeVar("Found", bound=Finding)


class Kept(NamedTuple, Generic[Stored, Found]):
    """The same finding, before and now."""

    before: Stored
    now: Found

    @property
    def is_changed(self) -> bool:
        """Whether the check now says it in other words, or takes it more or less gravely."""
        return (self.before.severity, self.before.message) != (self.now.severity, self.now.message)


@dataclass(frozen=True)
class Comparison(Generic[Stored, Found]):
    """What was found only now, what only before, and what both times."""

    new: list[Found]
    gone: list[Stored]
    kept: list[Kept[Stored, Found]]


def compare(stored: Iterable[Stored], found: Iterable[Found]) -> Comparison[Stored, Found]:
    """Tell which findings of one text are new, gone and kept. The same finding: of one rule, at one place."""
    left: dict[tuple[object, ...], list[Stored]] = defaultdict(list)
    for row in stored:
        left[_place(row)].append(row)
    new: list[Found] = []
    kept: list[Kept[Stored, Found]] = []
    for finding in found:
        rows = left[_place(finding)]
        if rows:
            kept.append(Kept(rows.pop(0), finding))
        else:
            new.append(finding)
    return Comparison(new, [row for rows in left.values() for row in rows], kept)


def _place(finding: Finding) -> tuple[object, ...]:
    return (finding.rule, finding.field, finding.start, finding.end)
