"""Parquet: a record a row. A few rows are in memory at a time; pyarrow, which no module of the web process imports, reads."""

from collections.abc import Iterator
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from crowd.domain.formats.columns import NEEDED, Columns, choose, entry_of
from crowd.domain.formats.model import BadFile, Line, Lines
from crowd.domain.records import BadRecord

# Rows that are made into Python's values at once.
BATCH = 500
# Bytes read ahead of a column: without a limit a row group is read whole, and many a file is one row group.
BUFFER_BYTES = 1 << 20
# A nested type's name can be as long as its schema.
MAX_TYPE_CHARS = 60


def read_parquet(stream: BinaryIO, mapping: Columns) -> Lines:
    """Return the rows of a table, numbered from 1. Raises BadFile."""
    try:
        file = pq.ParquetFile(stream, buffer_size=BUFFER_BYTES, pre_buffer=False)
    except (pa.ArrowException, OSError) as error:
        raise BadFile(f"This is no Parquet file that can be read: {str(error).rstrip('.')}.") from error
    columns = choose(mapping, file.schema_arrow.names)
    return _lines(file, columns)


def _lines(file: Any, columns: Columns) -> Lines:
    number = 0
    try:
        for batch in file.iter_batches(batch_size=BATCH, columns=list(columns.values())):
            cells = {field: batch.column(column) for field, column in columns.items()}
            for row in range(batch.num_rows):
                number += 1
                yield _line(number, row, cells)
    except (pa.ArrowException, OSError) as error:
        yield number + 1, BadRecord(f"the file is damaged and cannot be read from here on: {error}")


def _line(number: int, row: int, cells: dict[str, Any]) -> Line:
    try:
        return number, entry_of(dict(_texts(row, cells)))
    except BadRecord as reason:
        return number, reason


def _texts(row: int, cells: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for field, column in cells.items():
        try:
            value = column[row].as_py()
        except UnicodeDecodeError as error:
            raise BadRecord(f"{field} is not UTF-8: its byte {error.start + 1} cannot be read") from error
        if value is None and field not in NEEDED:
            value = ""
        if not isinstance(value, str):
            found = "null" if value is None else str(column.type)[:MAX_TYPE_CHARS]
            raise BadRecord(f"{field} must be a text, found {found}")
        yield field, value
