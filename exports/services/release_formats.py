"""A release's records in another format: their rows, and, of the formats that are lines of JSON, the bytes while they are sent.

For splits and Parquet there is the command, which writes a folder that can be verified.
"""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from crowd.domain.records import parse_record
from exports.domain.formats import FORMATS, JSON_LINES, Row, json_line
from exports.domain.manifest import DATA
from exports.models import Release
from exports.services.release_folder import place

NAMES = tuple(name for name, kind in FORMATS.items() if kind.suffix == JSON_LINES)
# About as many bytes as one write should have.
LINES_A_BLOCK = 200


def rows(data: Path, name: str, *, category: str = "") -> Iterator[Row]:
    """The rows of a format, from a file of data lines: all, or one category's. Raises OSError where that is gone."""
    row = FORMATS[name].row
    with data.open("rb") as lines:
        for record in map(parse_record, lines):
            if category in ("", record.category):
                yield row(record)


def blocks(release: Release, name: str, *, category: str = "") -> Iterator[bytes]:
    """The lines of a format in the release's order, some at a time. Raises OSError where the data is gone."""
    lines = map(json_line, rows(place(release.version) / DATA, name, category=category))
    while block := b"".join(islice(lines, LINES_A_BLOCK)):
        yield block
