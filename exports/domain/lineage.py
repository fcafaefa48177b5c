"""Where things come from and where they went: contributor ↔ record ↔ release ↔ run ↔ model, as flat lists. Pure.

Each list names the next one's rows: a record its release and contributor, a run its release, a model its run. The same
as PROV-O is `provenance_graph`.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Use:
    """One record as one release holds it. `line` is its line in the data, from 1."""

    id: UUID
    version: int
    sha256: str
    release: str
    line: int
    contributor: str | None  # the pseudonym of this release; null for an imported record
    source: str
    became: str | None  # withdrawn or corrected since; null where it stands


@dataclass(frozen=True, slots=True)
class ReleaseNode:
    """One release. `parent` is the one that it follows."""

    version: str
    parent: str | None
    licence: str
    created_at: datetime
    records: int


@dataclass(frozen=True, slots=True)
class RunNode:
    """One fine-tune of a release. `name` is what people call it."""

    id: UUID
    release: str
    recipe: str
    name: str
    state: str
    started_at: datetime | None
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class ModelNode:
    """What a run made."""

    run: UUID
    name: str


@dataclass(frozen=True, slots=True)
class Lineage:
    """The answer to one question. `next_line` is where the records go on, where there are more."""

    records: list[Use]
    releases: list[ReleaseNode]
    runs: list[RunNode]
    models: list[ModelNode]
    next_line: int | None = None

    @property
    def contributors(self) -> list[tuple[str, str]]:
        """Each contributor's pseudonym with the release where it holds, once."""
        found = {(use.contributor, use.release) for use in self.records if use.contributor is not None}
        return sorted(found)
