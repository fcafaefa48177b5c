"""What changed between two releases, by record id: the same id with another hash is a changed record. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass, field

ACTIONS = ("added", "changed", "withdrawn")


@dataclass(frozen=True)
class Differences:
    """Record ids, sorted. *Withdrawn* is the release's point of view: no longer in it, for whatever reason."""

    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    withdrawn: list[str] = field(default_factory=list)

    @property
    def counts(self) -> dict[str, int]:
        """How many of each: the changelog, as the manifest keeps it."""
        return {action: len(getattr(self, action)) for action in ACTIONS}

    def lines(self) -> Iterator[str]:
        """One line per record: what happened to it, and its id."""
        for action in ACTIONS:
            yield from (f"{action} {record}" for record in getattr(self, action))

    def __str__(self) -> str:
        return ", ".join(f"{count} {action}" for action, count in self.counts.items())
