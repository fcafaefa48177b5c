"""Parquet with every choice of the writer fixed, so that the same rows give the same bytes. Loaded by commands alone.

What is left to pyarrow is its version, which the file names in its footer: derived.json names it as part of the exporter.
"""

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa
import pyarrow.parquet as pq

from crowd.domain.records import Record
from exports.domain.formats import Row

WRITER = f"pyarrow {pa.__version__}"
# Rows of a group: a group is held in memory, and one of texts at their limits has some hundred megabytes.
ROWS = 1_000

_SCHEMA = pa.schema([(name, pa.string()) for name in Record._fields])
_OPTIONS: dict[str, Any] = {
    "version": "2.6",
    "data_page_version": "1.0",
    "compression": "zstd",
    "compression_level": 3,
    "use_dictionary": ["category"],
    "write_statistics": ["category"],
    "store_schema": False,
}


class Stream(Protocol):
    """What takes bytes."""

    def write(self, content: bytes) -> None: ...


def write(rows: Iterable[Row], stream: Stream) -> None:
    """Write rows of dolly's four columns as one file."""
    rest = iter(rows)
    with pq.ParquetWriter(_Sink(stream), _SCHEMA, **_OPTIONS) as writer:
        while some := list(islice(rest, ROWS)):
            writer.write_table(pa.Table.from_pylist(some, schema=_SCHEMA), row_group_size=ROWS)


def read(path: Path) -> Iterator[Row]:
    """The rows of such a file, group by group. Raises OSError and pyarrow.ArrowException where it is none."""
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(ROWS):
            yield from batch.to_pylist()


class _Sink:
    """A stream as pyarrow wants one."""

    closed = False

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._bytes = 0

    def write(self, content: bytes) -> int:
        self._stream.write(bytes(content))
        self._bytes += len(content)
        return len(content)

    def tell(self) -> int:
        return self._bytes

    def flush(self) -> None:
        """Nothing waits here."""

    def close(self) -> None:
        self.closed = True
