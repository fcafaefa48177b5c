"""Every duplicate in a whole file at once: a first reading proposes, a second compares what was proposed. Pure, numpy.

The answers are those of `bands` and `verify` for any two of the records, in whatever order they come.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from crowd.domain.records import Record
from crowd.domain.similarity import candidates, reference
from crowd.domain.similarity.chunks import Chunk, Kept, Source
from crowd.domain.similarity.groups import Groups, Integers
from crowd.domain.similarity.kernels import NO_TEXT, Kernel, Sets
from crowd.domain.similarity.matches import SAME_COPY, SAME_PASSAGE, SAME_QUESTION, SAME_TEXT, Aspect
from crowd.domain.similarity.pairs import Duplicate, Found, between_groups
from crowd.domain.similarity.profiles import question_of
from crowd.domain.similarity.questions import Question, compare_questions
from crowd.domain.similarity.reading import Reading
from crowd.domain.similarity.verdicts import NEAR_TEXT, SIMILAR_TEXT, text_match
from crowd.domain.text import copy_hash

ASPECTS: tuple[Aspect, ...] = ("text", "instruction", "passage")

# Pairs of texts that are compared at once.
_BLOCK = 1 << 16


def find(
    records: Iterable[tuple[int, Record]],
    *,
    similar: bool = False,
    notice: Callable[[str], None] | None = None,
    kernel: Kernel = reference,
    on: Collection[Aspect] = ASPECTS,
) -> Iterator[Duplicate]:
    """Yield every pair of lines that have something in common, by line. Records come with their lines, in order.

    Of a group of equals each later one is paired with the earliest, otherwise every pair that comparison confirms.
    Exact and near by default; `similar` adds the rest. `notice` is told where a bucket was too large to compare whole.
    What is no `Source` is kept whole, to be read twice.
    """
    source = records if isinstance(records, Source) else Kept(records)
    reading = Reading()
    reading.read(source, kernel, set(on) if similar else set(on) - {"passage"})
    texts, questions = _Texts(reading), _Questions(reading, similar=similar)
    cut = texts.cut + questions.cut
    if cut and notice is not None:
        notice(
            f"{cut} groups of much alike texts were too large: there, each was compared with "
            f"{candidates.NEIGHBOURS} others."
        )
    lines = np.frombuffer(reading.lines, np.int64)
    passage_keys = np.frombuffer(reading.passage_keys, np.uint64).reshape(-1, 2)
    passages = Groups(_with_key(passage_keys), [*passage_keys.T])
    del reading  # and with it the bands
    _read_again(source, lines, kernel, texts, questions)
    found = Found()
    texts.add_to(found, kernel, similar=similar)
    questions.add_to(found)
    for group in passages.shared:
        found.add_followers(group[0], group[1:], SAME_PASSAGE)
    yield from found.duplicates(lines)


class _Texts:
    """Full texts: which are equal, which are to be compared, and what the second reading brings for it."""

    def __init__(self, reading: Reading) -> None:
        keys = np.frombuffer(reading.text_keys, np.uint64)
        # Without a word two texts can be copies and nothing else.
        self.wordless = np.flatnonzero(keys == NO_TEXT).tolist()
        self.groups = Groups(np.flatnonzero(keys != NO_TEXT), [keys])
        self.pairs, self.cut = candidates.candidates(reading.text_bands.arrays(), self.groups.leaders, keys)
        self.compared = np.unique(self.pairs)
        without_word = self.wordless if len(self.wordless) > 1 else []
        self.equal = np.array(sorted([*self.groups.members(), *without_word]), np.int64)
        self._sets: list[Sets] = []
        self._same_words: dict[int, bytes] = {}
        self._copies: dict[int, str] = {}

    def rows(self) -> Integers:
        return np.union1d(self.equal, self.compared)

    def read(self, rows: Integers, chunk: Chunk, kernel: Kernel) -> None:
        """Take some of the rows, in order, with their records."""
        self._sets.append(kernel.text_sets(chunk.texts_of(_places(self.compared, rows))))
        equal = _places(self.equal, rows)
        words = kernel.words(chunk.texts_of(equal))
        for place, row, same in zip(equal.tolist(), rows[equal].tolist(), words, strict=True):
            record = chunk.record(place)
            self._same_words[row] = blake2b(same, digest_size=16).digest()
            self._copies[row] = copy_hash(record.instruction, record.context, record.response)

    def add_to(self, found: Found, kernel: Kernel, *, similar: bool) -> None:
        group_of: dict[int, list[int]] = {}
        for rows in self.groups.shared:
            for group in _parted(rows, self._same_words):
                group_of[group[0]] = group
                self._add_equal(group, found)
        if len(self.wordless) > 1:
            self._add_copies(self.wordless, found)
        pairs, shares = self._shares(kernel, SIMILAR_TEXT if similar else NEAR_TEXT)
        kinds, which = np.unique(shares, return_inverse=True)
        matches = [text_match(share) for share in kinds.tolist()]
        pairs, which = between_groups(pairs, which, group_of)
        found.add(pairs, matches, which)

    def _add_equal(self, group: list[int], found: Found) -> None:
        self._add_copies(group, found)
        looser = [row for row in group[1:] if self._copies[row] != self._copies[group[0]]]
        found.add_followers(group[0], looser, SAME_TEXT)

    def _add_copies(self, group: list[int], found: Found) -> None:
        for copies in _parted(group, self._copies):
            found.add_followers(copies[0], copies[1:], SAME_COPY)

    def _shares(self, kernel: Kernel, least: float) -> tuple[Integers, NDArray[np.float64]]:
        """Return the pairs that share at least so many of their shingles, and how many (Jaccard)."""
        sets = _joined(self._sets)
        sizes = np.diff(sets.ends)
        kept, shares = [np.empty((0, 2), np.int64)], [np.empty(0)]
        for start in range(0, len(self.pairs), _BLOCK):
            pairs = self.pairs[start : start + _BLOCK]
            places = np.searchsorted(self.compared, pairs)
            both = np.sort(sizes[places], axis=1)
            can_reach = both[:, 0] >= least * both[:, 1]
            pairs, places, total = pairs[can_reach], places[can_reach], both[can_reach].sum(axis=1)
            counts = kernel.shared(sets, places)
            share = counts / np.maximum(1, total - counts)
            kept.append(pairs[share >= least])
            shares.append(share[share >= least])
        return np.concatenate(kept), np.concatenate(shares)


class _Questions:
    """Instructions: which are equal, which are to be compared, and what the second reading brings for it.

    Equal are those with one key; compared is one of each spelling, for equal ones may be spelled differently.
    """

    def __init__(self, reading: Reading, *, similar: bool) -> None:
        keys = np.frombuffer(reading.question_keys, np.uint64).reshape(-1, 2)
        spellings = np.frombuffer(reading.spelling_keys, np.uint64)
        self.groups = Groups(_with_key(keys), [*keys.T])
        self.spelled_alike = Groups(_with_key(keys), [*keys.T, spellings])
        pairs, self.cut = candidates.candidates(
            reading.question_bands.arrays(), self.spelled_alike.leaders, spellings
        )
        one, other = pairs.T
        self.pairs = pairs[(keys[one] != keys[other]).any(axis=1)]
        self._similar = similar
        if not similar:
            near_keys = np.frombuffer(reading.near_keys, np.uint32).reshape(-1, 4)
            one, other = self.pairs.T
            self.pairs = self.pairs[(near_keys[one] == near_keys[other]).any(axis=1)]
        self.compared = np.unique(self.pairs)
        self._questions: dict[int, Question] = {}

    def read(self, rows: Integers, chunk: Chunk) -> None:
        """Take some of the rows, in order, with their records."""
        places = _places(self.compared, rows)
        for place, row in zip(places.tolist(), rows[places].tolist(), strict=True):
            question = question_of(chunk.instruction(place))
            if question is not None:
                self._questions[row] = question

    def add_to(self, found: Found) -> None:
        for group in self.groups.shared:
            found.add_followers(group[0], group[1:], SAME_QUESTION)
        group_of = {group[0]: group for group in self.spelled_alike.shared}
        kept, matches = [], []
        for one, other in self.pairs.tolist():
            match = compare_questions(self._questions[one], self._questions[other], self._similar)
            if match is not None:
                kept.append((one, other))
                matches.append(match)
        pairs, which = between_groups(np.array(kept, np.int64).reshape(-1, 2), np.arange(len(kept)), group_of)
        found.add(pairs, matches, which)


def _read_again(
    source: Source, lines: Integers, kernel: Kernel, texts: _Texts, questions: _Questions
) -> None:
    """Read what is to be compared."""
    rows = np.union1d(texts.rows(), questions.compared)
    begin = 0
    for chunk in source.chunks_of(lines[rows], kernel):
        some = rows[begin : begin + len(chunk)]
        texts.read(some, chunk, kernel)
        questions.read(some, chunk)
        begin += len(chunk)


def _places(wanted: Integers, rows: Integers) -> Integers:
    """Return the places among some rows of those that are wanted. Both rise, and each wanted row in their range is there."""
    begin, end = np.searchsorted(wanted, [rows[0], rows[-1] + 1])
    return np.searchsorted(rows, wanted[begin:end])


def _with_key(keys: NDArray[np.uint64]) -> Integers:
    """Return the rows that have a key, of two numbers each."""
    return np.flatnonzero(keys.any(axis=1))


def _parted(rows: list[int], keys: dict[int, bytes] | dict[int, str]) -> list[list[int]]:
    """Part rows by what each shares with others."""
    parts: dict[bytes | str, list[int]] = {}
    for row in rows:
        parts.setdefault(keys[row], []).append(row)
    return list(parts.values())


def _joined(some: Sequence[Sets]) -> Sets:
    """Put sets behind one another."""
    values = np.concatenate([np.empty(0, np.uint32), *(sets.values for sets in some)])
    sizes = np.concatenate([np.empty(0, np.int64), *(np.diff(sets.ends) for sets in some)])
    return Sets(values, np.concatenate([[0], np.cumsum(sizes)]))
