"""The records that a search works on at once, and where they come from. Pure, numpy.

Of a plain line no more is made than the bytes that a kernel signs; its record is read when somebody asks for it.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from itertools import islice
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from crowd.domain.record_blocks import Block, parse, text_of
from crowd.domain.records import BadRecord, Record
from crowd.domain.similarity.kernels import Kernel, Scan
from crowd.domain.similarity.texts import Texts, gather

Integers = NDArray[np.int64]

# Records that are worked on at once: their bytes fit the processor's cache.
CHUNK = 250

_NOTHING = Scan.nothing(0)


class Chunk:
    """Some records in order. `lines` are their lines, `(n,) int64`; what one is asked for by is its place among them."""

    def __init__(
        self, lines: Integers, records: Mapping[int, Record], data: bytes = b"", scan: Scan = _NOTHING
    ) -> None:
        """Take records by place, rising; all others are the plain lines of a scan, in order, of some data."""
        self.lines = lines
        self._records = records
        self._data = data
        self._scan = scan

    def __len__(self) -> int:
        return len(self.lines)

    @cached_property
    def texts(self) -> Texts:
        """The full texts, instruction and response."""
        plain = self._scan.texts
        if not self._records:
            return plain
        careful = gather([*self._records.values()])
        bounds = np.empty((len(self), 2), np.int64)
        bounds[self._are_plain] = plain.bounds
        bounds[~self._are_plain] = careful.bounds + len(plain.buffer)
        return Texts(np.concatenate([plain.buffer, careful.buffer]), bounds)

    def texts_of(self, places: Integers) -> Texts:
        """Return some of the full texts."""
        return Texts(self.texts.buffer, self.texts.bounds[places])

    def record(self, place: int) -> Record:
        """Return a record, its category left out: it is not compared."""
        found = self._records.get(place)
        if found is not None:
            return found
        instruction, context, response = (self._field(place, field) for field in range(3))
        return Record(instruction, context, response)

    def instruction(self, place: int) -> str:
        found = self._records.get(place)
        return self._field(place, 0) if found is None else found.instruction

    def context(self, place: int) -> str:
        found = self._records.get(place)
        return self._field(place, 1) if found is None else found.context

    def _field(self, place: int, field: int) -> str:
        begin, end = self._scan.spans[self._plain_places[place], field].tolist()
        return text_of(self._data[begin:end])

    @cached_property
    def _are_plain(self) -> NDArray[np.bool_]:
        are_plain = np.ones(len(self), np.bool_)
        are_plain[list(self._records)] = False
        return are_plain

    @cached_property
    def _plain_places(self) -> Integers:
        """Of each place the one among the plain lines."""
        return np.cumsum(self._are_plain) - 1


@runtime_checkable
class Source(Protocol):
    """Records with their lines, in order, that can be read a second time."""

    def chunks(self, kernel: Kernel) -> Iterator[Chunk]: ...

    def chunks_of(self, lines: Integers, kernel: Kernel) -> Iterator[Chunk]:
        """Yield some records that have been read, by their lines, which rise."""


class Kept:
    """Records that can be read once, kept."""

    def __init__(self, records: Iterable[tuple[int, Record]]) -> None:
        self._records = dict(records)

    def chunks(self, _kernel: Kernel) -> Iterator[Chunk]:
        return _chunks(self._records.items())

    def chunks_of(self, lines: Integers, _kernel: Kernel) -> Iterator[Chunk]:
        return _chunks((line, self._records[line]) for line in lines.tolist())


def _chunks(records: Iterable[tuple[int, Record]]) -> Iterator[Chunk]:
    rest = iter(records)
    while some := list(islice(rest, CHUNK)):
        yield Chunk(
            np.array([line for line, _ in some], np.int64), dict(enumerate(record for _, record in some))
        )


def read(block: Block, kernel: Kernel, refuse: Callable[[int, BadRecord], None]) -> Chunk:
    """Return the records of a block's lines. Of each line that holds none it is said why, if it is not blank."""
    scan = kernel.scan(block)
    is_record = scan.is_plain.copy()
    doubtful = np.flatnonzero(~is_record)
    if not len(doubtful):
        return Chunk(block.numbers, {}, block.data, scan)
    careful: dict[int, Record] = {}
    for place, found in zip(doubtful.tolist(), parse(block.lines(doubtful)), strict=True):
        if isinstance(found, Record):
            careful[place] = found
        elif found is not None:
            refuse(int(block.numbers[place]), found)
    is_record[list(careful)] = True
    place_of = np.cumsum(is_record) - 1
    records = dict(zip(place_of[list(careful)].tolist(), careful.values(), strict=True))
    return Chunk(block.numbers[is_record], records, block.data, scan)
