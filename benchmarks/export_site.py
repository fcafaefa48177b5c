"""The site that `export.py` measures: databricks-dolly-15k's records, approved, again and again with a number each."""

import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from crowd.domain.records import Record, data_line, line_sha256, parse_record
from crowd.domain.workflow import State
from crowd.models import Category, Passage, Source, Submission, Version

LICENCE, ORIGIN = "CC-BY-SA-3.0", "human"
BLOCK = 20_000
_SPACE = uuid.UUID(int=15)

_PASSAGE = "id wiki title revision_id section url licence text sha256 retrieved_at"
_SUBMISSION = "id public_id source_id state copy_hash current_version_id approved_version_id approved_copy_hash copies_refused created_at updated_at"
_VERSION = "id submission_id number category_id instruction response passage_id origin licence sha256 created_at checked_at"

Row = tuple[Any, ...]


def fill(data: Path, *, records: int) -> None:
    """Enter so many approved records, by the fastest way that each database has."""
    source = Source.objects.create(name="dolly", licence=LICENCE, origin=ORIGIN)
    categories = dict(Category.objects.values_list("key", "id"))
    with data.open("rb") as stream:
        base = [parse_record(line) for line in stream]
    numbered = enumerate(_again_and_again(base, records), start=1)
    with _unchecked():
        while block := list(islice(numbered, BLOCK)):
            _write_block(block, source.pk, categories)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")


def _again_and_again(base: list[Record], records: int) -> Iterator[Record]:
    """So many records, no two alike; the first are the file's own."""
    for number in range(records):
        turn, place = divmod(number, len(base))
        record = base[place]
        # Dolly has copies of its own: those too get a number.
        yield record._replace(instruction=f"{record.instruction} ({turn}.{place})")


def _write_block(block: list[tuple[int, Record]], source: int, categories: dict[str, int]) -> None:
    now = timezone.now().isoformat()
    with transaction.atomic():
        _write(Passage, _PASSAGE, (_passage(n, record, now) for n, record in block if record.context))
        _write(Submission, _SUBMISSION, (_submission(n, source, now) for n, _record in block))
        _write(Version, _VERSION, (_version(n, record, categories, now) for n, record in block))


def _passage(number: int, record: Record, now: str) -> Row:
    digest = sha256(record.context.encode()).hexdigest()
    return number, "import:dolly", "", number, "", "", LICENCE, record.context, digest, now


def _submission(number: int, source: int, now: str) -> Row:
    public_id = uuid.uuid5(_SPACE, str(number)).hex
    return (
        number,
        public_id,
        source,
        State.APPROVED.value,
        str(number),
        number,
        number,
        str(number),
        0,
        now,
        now,
    )


def _version(number: int, record: Record, categories: dict[str, int], now: str) -> Row:
    digest = line_sha256(data_line(*record))
    passage = number if record.context else None
    texts = (record.instruction, record.response)
    category = categories[record.category]
    return number, number, 1, category, *texts, passage, ORIGIN, LICENCE, digest, now, now


def _write(model: type[Any], columns: str, rows: Iterable[Row]) -> None:
    table, names = model._meta.db_table, columns.split()  # noqa: SLF001 -- Django's documented interface
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {table} ({', '.join(names)}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
            return
        marks = ", ".join(["%s"] * len(names))
        cursor.executemany(f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks})", list(rows))  # noqa: S608


@contextmanager
def _unchecked() -> Iterator[None]:
    """Leave foreign keys unchecked: a submission and its version name each other, and a million looks take minutes."""
    is_postgresql = connection.vendor == "postgresql"
    off, on = (
        ("SET session_replication_role = replica", "SET session_replication_role = DEFAULT")
        if is_postgresql
        else ("PRAGMA foreign_keys = OFF", "PRAGMA foreign_keys = ON")
    )
    with connection.cursor() as cursor:
        cursor.execute(off)
        yield
        cursor.execute(on)
