"""Every duplicate in a whole file at once. Equal texts are grouped before anything is compared. Pure, numpy."""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from crowd.domain.records import Record
from crowd.domain.similarity.matches import (
    SAME_COPY,
    SAME_PASSAGE,
    SAME_QUESTION,
    SAME_TEXT,
    Aspect,
    Kind,
    Match,
)
from crowd.domain.similarity.profiles import FullText, profile, question_bands, text_bands
from crowd.domain.similarity.questions import Question, compare_questions
from crowd.domain.similarity.signatures import BANDS, Bands
from crowd.domain.similarity.verdicts import compare_texts

# Texts that share a band are all compared up to this many (dolly-15k's largest bucket has 168). In a larger bucket,
# as a file of one template has it, each is compared with its nearest neighbours alone.
BUCKET_CAP = 300
NEIGHBOURS = 20

# Pairs are unpacked in blocks: as Python objects, millions of them would fill the memory.
_BLOCK = 20_000

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
    matches: dict[int, dict[int, Match]] = field(default_factory=dict)

    def compare(self, verdict: Callable[[T, T, bool], Match | None], *, similar: bool) -> int:
        """Compare what shares a band, and keep what matches. Return how many buckets were too large to compare whole."""
        cut = 0
        for pairs, past_cap in _candidates(np.array(self.bands, np.int64).reshape(-1, BANDS)):
            cut += past_cap
            for one, other in pairs:
                match = verdict(self.texts[one], self.texts[other], similar)
                if match is not None:
                    self.matches.setdefault(one, {})[other] = match
                    self.matches.setdefault(other, {})[one] = match
        return cut

    def later(self, position: int) -> Iterator[tuple[int, Match]]:
        """Yield every later record that a record's text matches without being equal."""
        for other, match in self.matches.get(self.group_of.get(position, -1), {}).items():
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
            f"{cut} groups of much alike texts were too large: there, each was compared with {NEIGHBOURS} others."
        )
    for position, line in enumerate(file.lines):
        found = sorted(file.matches_of(position, similar=similar), key=_by_line_then_aspect)
        for other, match in found:
            yield Duplicate(match.kind, match.on, line, file.lines[other], match.score, match.why)


def _by_line_then_aspect(found: tuple[int, Match]) -> tuple[int, int]:
    return found[0], ("text", "instruction", "passage").index(found[1].on)


def _candidates(bands: NDArray[np.int64]) -> Iterator[tuple[Iterator[tuple[int, int]], int]]:
    """Yield, for each band of `(texts, 25)`, the pairs to compare for it, and how many buckets were past the cap.

    What a band before has brought together is not compared again, unless its bucket was past the cap.
    """
    whole = bands.copy()
    for band, column in enumerate(bands.T):
        pairs, crowded = _same_bucket(column)
        yield _not_seen(pairs, whole[:, :band]), len(np.unique(column[crowded]))
        whole[crowded, band] = crowded  # all different, so none of them counts as seen


def _not_seen(pairs: NDArray[np.int64], earlier: NDArray[np.int64]) -> Iterator[tuple[int, int]]:
    for start in range(0, len(pairs), _BLOCK):
        block = pairs[start : start + _BLOCK]
        seen = (earlier[block[:, 0]] == earlier[block[:, 1]]).any(axis=1)
        yield from map(tuple, block[~seen].tolist())


def _same_bucket(column: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the pairs of texts, lower first, whose hash is the same, and the texts in buckets past the cap."""
    order = np.argsort(column, kind="stable")
    hashes = column[order]
    sizes = np.unique(hashes, return_counts=True)[1]
    size_of = np.repeat(sizes, sizes)  # of the bucket that a place of `order` is in
    reach = np.where(size_of > BUCKET_CAP, NEIGHBOURS, size_of - 1)
    pairs = [np.empty((0, 2), np.int64)]
    heads = np.arange(len(hashes))
    for distance in range(1, int(reach.max(initial=0)) + 1):
        heads = heads[(reach[heads] >= distance) & (heads + distance < len(hashes))]
        heads = heads[hashes[heads] == hashes[heads + distance]]
        pairs.append(np.column_stack([order[heads], order[heads + distance]]))
    return np.concatenate(pairs), order[size_of > BUCKET_CAP]
