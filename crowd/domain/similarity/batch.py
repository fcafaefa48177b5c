"""Every duplicate in a whole file at once. Equal texts are grouped before anything is compared. Pure, numpy."""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from crowd.domain.records import Record
from crowd.domain.similarity.profiles import FullText, Question, profile, question_bands, text_bands
from crowd.domain.similarity.signatures import BANDS, Bands
from crowd.domain.similarity.verdicts import (
    SAME_COPY,
    SAME_PASSAGE,
    SAME_QUESTION,
    SAME_TEXT,
    Aspect,
    Kind,
    Match,
    compare_questions,
    compare_texts,
)

# A text is compared with at most so many others of one bucket (200 holds all of dolly-15k, whose largest has 168): it
# keeps a file of one template from costing the square of its length.
BUCKET_CAP = 200

T = TypeVar("T", FullText, Question)


@dataclass(frozen=True)
class Duplicate:
    """Two lines of a file, a < b, and what they have in common."""

    kind: Kind
    on: Aspect
    a: int
    b: int
    score: float
    why: str


@dataclass
class _Groups:
    """Positions of records that are equal in one respect, the earliest first."""

    members: list[list[int]] = field(default_factory=list)
    group_of: dict[int, int] = field(default_factory=dict)
    _known: dict[bytes | str, int] = field(default_factory=dict)

    def add(self, position: int, key: bytes | str) -> bool:
        """Put a record into its group. Return whether the group is new."""
        group = self._known.setdefault(key, len(self.members))
        is_new = group == len(self.members)
        if is_new:
            self.members.append([])
        self.members[group].append(position)
        self.group_of[position] = group
        return is_new

    def followers(self, position: int) -> list[int]:
        """Return the later members for the earliest one of a group, and nothing for the others."""
        group = self.group_of.get(position)
        members = [] if group is None else self.members[group]
        return members[1:] if members and members[0] == position else []


@dataclass
class _Compared(_Groups, Generic[T]):
    """Groups whose texts are also compared with one another."""

    texts: list[T] = field(default_factory=list)
    bands: list[Bands] = field(default_factory=list)
    matches: dict[int, list[tuple[int, Match]]] = field(default_factory=dict)

    def compare(self, verdict: Callable[[T, T], Match | None], *, similar: bool) -> int:
        """Compare what shares a band, and keep what matches. Return how many buckets were too large to compare whole."""
        pairs, cut = _candidates(self.bands)
        for one, other in pairs.tolist():
            match = verdict(self.texts[one], self.texts[other])
            if match is not None and (similar or match.kind == "near"):
                self.matches.setdefault(one, []).append((other, match))
                self.matches.setdefault(other, []).append((one, match))
        return cut

    def later(self, position: int) -> Iterator[tuple[int, Match]]:
        """Yield every later record that a record's text matches without being equal."""
        for other, match in self.matches.get(self.group_of.get(position, -1), []):
            members = self.members[other]
            for member in members[bisect_right(members, position) :]:
                yield member, match


@dataclass
class _File:
    lines: list[int] = field(default_factory=list)
    copies: _Groups = field(default_factory=_Groups)
    passages: _Groups = field(default_factory=_Groups)
    texts: _Compared[FullText] = field(default_factory=_Compared)
    questions: _Compared[Question] = field(default_factory=_Compared)

    def add(self, line: int, record: Record) -> None:
        position, known = len(self.lines), profile(record)
        self.lines.append(line)
        self.copies.add(position, known.copy)
        if known.passage is not None:
            self.passages.add(position, known.passage)
        if known.text is not None and self.texts.add(position, known.text.key):
            self.texts.texts.append(known.text)
            self.texts.bands.append(text_bands(known.text))
        if known.question is not None and self.questions.add(position, known.question.key):
            self.questions.texts.append(known.question)
            self.questions.bands.append(question_bands(known.question))

    def matches_of(self, position: int, *, similar: bool) -> Iterator[tuple[int, Match]]:
        """Yield what a record has in common with later ones: with each of its equals if it is their earliest."""
        copies = self.copies.followers(position)
        yield from ((other, SAME_COPY) for other in copies)
        yield from (
            (other, SAME_TEXT) for other in self.texts.followers(position) if other not in set(copies)
        )
        yield from self.texts.later(position)
        yield from ((other, SAME_QUESTION) for other in self.questions.followers(position))
        yield from self.questions.later(position)
        if similar:
            yield from ((other, SAME_PASSAGE) for other in self.passages.followers(position))


def find(
    records: Iterable[tuple[int, Record]],
    *,
    similar: bool = False,
    notice: Callable[[str], None] | None = None,
) -> Iterator[Duplicate]:
    """Yield every pair of lines that have something in common, by line. Records come with their lines, in order.

    Of a group of equals each later one is paired with the earliest, otherwise every pair that comparison confirms.
    Exact and near by default; `similar` adds the rest. `notice` is told where a bucket was too large to compare whole.
    """
    file = _File()
    for line, record in records:
        file.add(line, record)
    cut = file.texts.compare(compare_texts, similar=similar) + file.questions.compare(
        compare_questions, similar=similar
    )
    if cut and notice is not None:
        notice(
            f"{cut} groups of much alike texts were too large: there, each was compared with {BUCKET_CAP} others."
        )
    for position, line in enumerate(file.lines):
        found = sorted(file.matches_of(position, similar=similar), key=_by_line_then_aspect)
        for other, match in found:
            yield Duplicate(match.kind, match.on, line, file.lines[other], match.score, match.why)


def _by_line_then_aspect(found: tuple[int, Match]) -> tuple[int, int]:
    return found[0], ("text", "instruction", "passage").index(found[1].on)


def _candidates(bands: list[Bands]) -> tuple[NDArray[np.int64], int]:
    """Return the pairs that share a band, `(pairs, 2) int64`, each once, and the number of buckets past the cap."""
    count, cut = len(bands), 0
    codes = np.empty(0, np.int64)
    for column in np.array(bands, np.int64).reshape(count, BANDS).T:
        found, past_cap = _same_bucket(column)
        codes = np.union1d(codes, found[:, 0] * count + found[:, 1])
        cut += past_cap
    return np.column_stack(np.divmod(codes, max(1, count))), cut


def _same_bucket(column: NDArray[np.int64]) -> tuple[NDArray[np.int64], int]:
    """Return the pairs of positions, lower first, whose hash in this band is the same, nearest ones first."""
    order = np.argsort(column, kind="stable")
    hashes = column[order]
    pairs = [np.empty((0, 2), np.int64)]
    heads = np.arange(len(hashes))
    for distance in range(1, BUCKET_CAP + 1):
        heads = heads[heads + distance < len(hashes)]
        heads = heads[hashes[heads] == hashes[heads + distance]]
        if not len(heads):
            return np.concatenate(pairs), 0
        pairs.append(np.column_stack([order[heads], order[heads + distance]]))
    past_cap = heads[heads + BUCKET_CAP + 1 < len(hashes)]
    past_cap = past_cap[hashes[past_cap] == hashes[past_cap + BUCKET_CAP + 1]]
    return np.concatenate(pairs), len(np.unique(hashes[past_cap]))
