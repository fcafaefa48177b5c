"""What each app knows of a person's data: its files in their download, where their records were used, what it forgets.

An app registers its part in its `apps.py`, as it does for jobs: this app need not know who uses its records.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.functional import Promise

from crowd.models import Person

Row = dict[str, Any]


@dataclass(frozen=True)
class File:
    """One file of a person's download.

    `about` is its line in the README. `holds` names the columns that lead to a person and whose rows are told here,
    such as `crowd.Draft.person`.
    """

    name: str
    about: Promise
    rows: Callable[[Person], Iterable[Row]]
    holds: tuple[str, ...] = ()


@dataclass(frozen=True)
class Use:
    """That a release has a version of a record, and the models that learned from it."""

    release: str
    version: int
    released_at: datetime | None
    published_at: datetime | None
    models: tuple[str, ...] = ()


Uses = dict[int, list[Use]]


def _no_uses(submissions: Collection[int]) -> Uses:
    return {}


def _nothing(person: Person) -> None:
    """There is nothing to forget."""


@dataclass(frozen=True)
class Part:
    """One app's part. `left_out` names columns that lead to a person and are in no file, each with the reason.

    `uses` is asked for submissions by their keys. `forget` deletes, in the transaction of leaving, what is the
    person's own and no record.
    """

    files: tuple[File, ...]
    left_out: Mapping[str, str] = field(default_factory=dict)
    uses: Callable[[Collection[int]], Uses] = _no_uses
    forget: Callable[[Person], None] = _nothing


_parts: dict[str, Part] = {}


def register(app: str, part: Part) -> None:
    """Say what an app knows. Each app calls this in its `apps.py`."""
    _parts[app] = part


def parts() -> tuple[Part, ...]:
    """Every app's part, in the order of registration."""
    return tuple(_parts.values())


def uses_of(submissions: Collection[int]) -> Uses:
    """Where these submissions were used, the newest release first."""
    found: Uses = {}
    for part in parts():
        for submission, uses in part.uses(submissions).items():
            found.setdefault(submission, []).extend(uses)
    return found
