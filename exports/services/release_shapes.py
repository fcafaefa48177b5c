"""A release's records in another shape, made while they are sent: those of the shapes that are lines of JSON.

For splits, categories and Parquet there is the command, which writes a folder that can be verified.
"""

from collections.abc import Iterator
from itertools import islice

from crowd.domain.records import parse_record
from exports.domain.formats import FORMATS, JSON_LINES, json_line
from exports.domain.manifest import DATA
from exports.models import Release
from exports.services.release_folder import place

NAMES = tuple(name for name, shape in FORMATS.items() if shape.suffix == JSON_LINES)
# About as many bytes as one write should have.
LINES_A_BLOCK = 200


def blocks(release: Release, name: str) -> Iterator[bytes]:
    """The lines of a shape in the release's order, some at a time. Raises OSError where the data is gone."""
    row = FORMATS[name].row
    with (place(release.version) / DATA).open("rb") as lines:
        while block := b"".join(json_line(row(parse_record(line))) for line in islice(lines, LINES_A_BLOCK)):
            yield block
