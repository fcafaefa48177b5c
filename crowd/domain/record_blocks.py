"""Dolly-format files read by blocks of lines: what `records.parse_record` says of each line, in a third of the time. Pure.

A block is read by orjson in one go. Its lines are looked at one by one where orjson and `json` may see them differently,
or where a line holds no record.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import chain
from operator import itemgetter
from typing import Any, BinaryIO, cast

import numpy as np
import orjson

from crowd.domain import records
from crowd.domain.records import PLAIN_TYPES, BadRecord, Record, parse_record, record_of, record_or_reason

# Some hundred records, which stay in the processor's cache.
_BLOCK_BYTES = 1 << 17

_APART = 1 << 32

_fields_of = itemgetter(*Record._fields)

Line = bytes | BadRecord


def read_records(stream: BinaryIO) -> Iterator[tuple[int, Record | BadRecord]]:
    """Yield each physical line's number, from 1, with its record or with what is wrong. Blank lines are passed over.

    Holds one block of lines at a time.
    """
    for first, lines in _blocks(stream):
        for number, record in enumerate(_records(lines), start=first):
            if record is not None:
                yield number, record


def read_some(stream: BinaryIO, numbers: Sequence[int]) -> Iterator[Record]:
    """Yield the records of some lines, given in order, that `read_records` has read. The others are not parsed."""
    begin = 0
    for first, lines in _blocks(stream):
        end = bisect_left(numbers, first + len(lines), begin)
        some = _records([lines[number - first] for number in numbers[begin:end]])
        yield from (record for record in some if isinstance(record, Record))
        begin = end
        if begin == len(numbers):
            return


def _blocks(stream: BinaryIO) -> Iterator[tuple[int, list[Line]]]:
    """Yield blocks of lines without their ends, or why one was not read, with the number of the first. No byte order mark."""
    first = 1
    while block := stream.read(_BLOCK_BYTES):
        lines = _whole(block, stream).split(b"\n")
        if not lines[-1]:
            lines.pop()
        if first == 1:
            lines[0] = lines[0].removeprefix(records.UTF8_BOM)
        yield first, [*map(_in_limit, lines)]
        first += len(lines)


def _whole(block: bytes, stream: BinaryIO) -> bytes:
    """Read on to the end of a block's last line, but no more of it than shows that it is too long."""
    if block.endswith(b"\n"):
        return block
    rest = piece = stream.readline(records.MAX_LINE_BYTES)
    while piece and not piece.endswith(b"\n"):
        piece = stream.readline(records.MAX_LINE_BYTES)
    return block + rest


def _in_limit(line: bytes) -> Line:
    limit = records.MAX_LINE_BYTES
    return line if len(line) <= limit else BadRecord(f"the line is longer than {limit:,} bytes")


def _records(lines: Sequence[Line]) -> list[Record | BadRecord | None]:
    """Return what each line holds: a record, or what is wrong, or nothing at all."""
    try:
        objects = [*map(orjson.loads, lines)]  # type: ignore[arg-type]  # what is no line is no JSON
        values = chain.from_iterable(map(dict.values, objects))
        if not PLAIN_TYPES.issuperset({*map(type, values)}):
            return [*map(_record, lines)]
    except (orjson.JSONDecodeError, TypeError):
        return [*map(_record, lines)]
    found: list[Record | BadRecord | None] = [*_records_of(objects)]
    for row in _doubtful(cast("Sequence[bytes]", lines), objects):
        found[row] = _record(lines[row])
    return found


def _record(line: Line) -> Record | BadRecord | None:
    if isinstance(line, BadRecord):
        return line
    return record_or_reason(parse_record, line) if line.strip() else None


def _records_of(objects: Sequence[dict[str, Any]]) -> list[Record] | list[Record | BadRecord]:
    """Return what objects of plain values hold."""
    try:
        texts = [*map(_fields_of, objects)]
        if {*map(type, chain.from_iterable(texts))} <= {str}:
            return [*map(Record._make, texts)]
    except KeyError:
        pass  # `context` and `category` may be absent
    return [record_or_reason(record_of, fields) for fields in objects]


def _doubtful(lines: Sequence[bytes], objects: Sequence[dict[str, Any]]) -> list[int]:
    """Return the rows that may hold a key twice, of which orjson keeps the last: see `records._plain_object`."""
    text = np.frombuffer(b"\n".join(lines), np.uint8)
    colons = np.flatnonzero(text == ord(":"))
    before = text[colons - 1]
    # Past any number of keys where a colon stands apart.
    counted = np.concatenate([[0], np.cumsum((before == ord('"')) + (before <= ord(" ")) * _APART)])
    sizes = np.fromiter(map(len, lines), np.int64, len(lines))
    written = np.diff(counted[np.searchsorted(colons, np.cumsum(sizes + 1))], prepend=0)
    rows: list[int] = np.flatnonzero(written != np.fromiter(map(len, objects), np.int64, len(lines))).tolist()
    return rows
