"""CSV: a line of column names, then a record a row. Pure: standard library, one row in memory at a time.

Not pandas: only the csv module says on which physical line a row begins, and goes on after a broken one.
"""

import csv
from collections.abc import Iterator
from typing import BinaryIO

from crowd.domain.formats.columns import Columns, choose, entry_of
from crowd.domain.formats.model import BadFile, Line, Lines
from crowd.domain.records import BadRecord, physical_lines

# Comma first: of equally good ones the earlier is taken.
DELIMITERS = ",;\t|"

# A quote that is never closed takes all that follows into one field. Fifty times the longest text there may be.
MAX_FIELD_CHARS = 2_500_000

Row = list[str] | BadRecord


def read_csv(stream: BinaryIO, mapping: Columns) -> Lines:
    """Return the lines of a table; a row counts as the physical line it begins on. Raises BadFile.

    The delimiter is the one by which the first line has the columns that are wanted.
    """
    csv.field_size_limit(MAX_FIELD_CHARS)
    problems: list[tuple[int, BadFile]] = []
    for delimiter in DELIMITERS:
        names = _names(stream, delimiter)
        try:
            columns = choose(mapping, names)
        except BadFile as problem:
            problems.append((len(names), problem))
        else:
            return _entries(stream, delimiter, names, columns)
    raise max(problems, key=lambda found: found[0])[1]


def _names(stream: BinaryIO, delimiter: str) -> list[str]:
    """Return the column names. Raises BadFile."""
    stream.seek(0)
    first = next(_rows(stream, delimiter), None)
    if first is None:
        raise BadFile("The file is empty: a table begins with the names of its columns.")
    if isinstance(first[1], BadRecord):
        raise BadFile(f"The names of the columns cannot be read: {first[1]}.")
    return [name.strip() for name in first[1]]


def _entries(stream: BinaryIO, delimiter: str, names: list[str], columns: Columns) -> Lines:
    stream.seek(0)
    places = {field: names.index(column) for field, column in columns.items()}
    rows = _rows(stream, delimiter)
    next(rows)
    for number, row in rows:
        yield _line(number, row, len(names), places)


def _line(number: int, row: Row, width: int, places: dict[str, int]) -> Line:
    if isinstance(row, BadRecord):
        return number, row
    if len(row) != width:
        return number, BadRecord(f"the row has {len(row)} values, and the file {width} columns")
    try:
        return number, entry_of({field: row[place] for field, place in places.items()})
    except BadRecord as reason:
        return number, reason


def _rows(stream: BinaryIO, delimiter: str) -> Iterator[tuple[int, Row]]:
    """Yield each row that is not blank with the number of the line it begins on, or what is wrong with it."""
    feed = _Feed(stream)
    reader = csv.reader(feed, delimiter=delimiter, strict=True)
    while True:
        begins, feed.problem = feed.number + 1, None
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield begins, _reason(error)
            continue
        if feed.problem:
            yield begins, feed.problem
        elif row:
            yield begins, row


def _reason(error: csv.Error) -> BadRecord:
    said = str(error)
    if "field larger" in said or "unexpected end of data" in said:
        return BadRecord(
            f'a quote (") is opened and not closed, or a value has more than {MAX_FIELD_CHARS:,} characters'
        )
    if "new-line character" in said:
        return BadRecord("a carriage return stands alone outside of quotes: end lines with LF or CRLF")
    if "expected after" in said:
        return BadRecord('text follows a closing quote: write a quote inside of quotes twice ("")')
    return BadRecord(said)


class _Feed:
    """A file's physical lines as the csv module takes them, with the last one's number and what was wrong with them."""

    def __init__(self, stream: BinaryIO) -> None:
        self._lines = physical_lines(stream)
        self.number = 0
        self.problem: BadRecord | None = None

    def __iter__(self) -> "_Feed":
        return self

    def __next__(self) -> str:
        self.number, line = next(self._lines)
        if isinstance(line, BadRecord):
            self.problem = line
            return "\n"
        try:
            return line.decode()
        except UnicodeDecodeError as error:
            where = f"byte {error.start + 1} of line {self.number}"
            self.problem = BadRecord(f"not UTF-8: {where} cannot be read. Save the file as UTF-8")
            return line.decode(errors="replace")
