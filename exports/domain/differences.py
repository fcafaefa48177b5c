"""What changed between two releases, by record id: the same id with another hash is a changed record. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Differences:
    """Record ids, sorted."""

    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    withdrawn: list[str] = field(default_factory=list)

    def lines(self) -> Iterator[str]:
        """One line per record: what happened to it, and its id."""
        for action in ("added", "changed", "withdrawn"):
            yield from (f"{action} {record}" for record in getattr(self, action))

    def __str__(self) -> str:
        return f"{len(self.added)} added, {len(self.changed)} changed, {len(self.withdrawn)} withdrawn"


def compare(before: Mapping[str, str], after: Mapping[str, str]) -> Differences:
    """Compare two releases' hashes by record id."""
    return Differences(
        added=sorted(after.keys() - before.keys()),
        changed=sorted(record for record in after.keys() & before.keys() if before[record] != after[record]),
        withdrawn=sorted(before.keys() - after.keys()),
    )
