"""The pairs that are found, kept small until all of them are known. Pure, numpy."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from crowd.domain.similarity.matches import Aspect, Kind, Match

Integers = NDArray[np.int64]

_ORDER: tuple[Aspect, ...] = ("text", "instruction", "passage")
# Pairs that are made Python objects at once.
_BLOCK = 1 << 16


@dataclass(frozen=True, slots=True)
class Duplicate:
    """Two lines of a file, a < b, and what they have in common."""

    kind: Kind
    on: Aspect
    a: int
    b: int
    score: float
    why: str


@dataclass
class Found:
    """Pairs of rows with their matches. A match that many pairs have is kept once."""

    _matches: list[Match] = field(default_factory=list)
    _number_of: dict[Match, int] = field(default_factory=dict)
    _blocks: list[Integers] = field(default_factory=list)

    def add(self, pairs: Integers, matches: Sequence[Match], which: Integers) -> None:
        """Keep `(n, 2)` pairs; pair i has the match `which[i]`."""
        numbers = np.array([self._number(match) for match in matches], np.int64)
        self._blocks.append(np.column_stack([pairs, numbers[which]]))

    def add_followers(self, leader: int, followers: Sequence[int], match: Match) -> None:
        """Keep each follower's pair with a row before it."""
        if not followers:
            return
        number = self._number(match)
        self._blocks.append(np.array([(leader, row, number) for row in followers], np.int64).reshape(-1, 3))

    def duplicates(self, lines: Integers) -> Iterator[Duplicate]:
        """Yield what was found by its lines: the first, the second, and then text, instruction, passage."""
        found = np.concatenate([np.empty((0, 3), np.int64), *self._blocks])
        self._blocks.clear()
        aspects = np.array([_ORDER.index(match.on) for match in self._matches], np.int8)
        order = np.lexsort([aspects[found[:, 2]], found[:, 1], found[:, 0]])
        for start in range(0, len(order), _BLOCK):
            block = found[order[start : start + _BLOCK]]
            columns = lines[block[:, 0]].tolist(), lines[block[:, 1]].tolist(), block[:, 2].tolist()
            for a, b, number in zip(*columns, strict=True):
                match = self._matches[number]
                yield Duplicate(match.kind, match.on, a, b, match.score, match.why)

    def _number(self, match: Match) -> int:
        number = self._number_of.setdefault(match, len(self._matches))
        if number == len(self._matches):
            self._matches.append(match)
        return number


def between_groups(
    pairs: Integers, which: Integers, group_of: dict[int, list[int]]
) -> tuple[Integers, Integers]:
    """Return the pairs of all members of two groups for each pair of their leaders, with what goes with the pair."""
    if not group_of:
        return pairs, which
    has_more = np.isin(pairs, list(group_of)).any(axis=1)
    more = [
        (min(one, other), max(one, other), number)
        for (a, b), number in zip(pairs[has_more].tolist(), which[has_more].tolist(), strict=True)
        for one in group_of.get(a, [a])
        for other in group_of.get(b, [b])
    ]
    made = np.array(more, np.int64).reshape(-1, 3)
    return np.concatenate([pairs[~has_more], made[:, :2]]), np.concatenate([which[~has_more], made[:, 2]])
