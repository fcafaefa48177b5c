"""The lines of data/train.jsonl, made by the database: no text becomes a Python object on its way to the file.

Both databases escape JSON as `json.dumps(ensure_ascii=False)` does. Nothing rests on that: the gate asks of every line
that is written whether it has the SHA-256 of the line that was approved.
"""

from collections.abc import Iterator
from itertools import islice
from typing import Any

from django.db import connections

from exports.models import Release

# About as many bytes as one write should have.
LINES_A_BLOCK = 1_000

_SQLITE_LINE = """
    CAST(json_object('instruction', version.instruction, 'context', COALESCE(passage.text, ''),
                     'response', version.response, 'category', category.key) || char(10) AS BLOB)
"""
# json_build_object would put spaces around its colons, and jsonb sorts the keys.
_POSTGRESQL_LINE = r"""
    '{"instruction":' || to_json(version.instruction)::text ||
    ',"context":' || COALESCE(to_json(passage.text)::text, '""') ||
    ',"response":' || to_json(version.response)::text ||
    ',"category":' || to_json(category.key)::text || E'}\n'
"""
_IN_ORDER = """
    FROM exports_releaserecord record
    JOIN crowd_version version ON version.id = record.version_id
    JOIN crowd_category category ON category.id = version.category_id
    LEFT JOIN crowd_passage passage ON passage.id = version.passage_id
    WHERE record.release_id = {release}
    ORDER BY record.position
"""


def blocks_of_lines(release: Release, *, using: str) -> Iterator[bytes]:
    """A release's lines in their order, some whole ones at a time. Holds one block in memory."""
    connection = connections[using]
    with connection.cursor() as cursor:
        lines = _copied if connection.vendor == "postgresql" else _selected
        found = lines(cursor, release.pk)
        while block := b"".join(islice(found, LINES_A_BLOCK)):
            yield block


def _copied(cursor: Any, release: int) -> Iterator[bytes]:
    # COPY's binary format has no escapes of its own, and text there is the bytes of its UTF-8.
    select = f"SELECT {_POSTGRESQL_LINE} {_IN_ORDER.format(release=release)}"
    with cursor.copy(f"COPY ({select}) TO STDOUT (FORMAT binary)") as copy:
        copy.set_types(["bytea"])
        for (line,) in copy.rows():
            yield line


def _selected(cursor: Any, release: int) -> Iterator[bytes]:
    cursor.execute(f"SELECT {_SQLITE_LINE} {_IN_ORDER.format(release=release)}")
    while rows := cursor.fetchmany(LINES_A_BLOCK):
        yield from (line for (line,) in rows)
