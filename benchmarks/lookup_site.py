"""The site that `lookup.py` measures: real texts that stand, and an index that is filled up with random bands."""

from collections.abc import Iterator
from hashlib import sha256
from itertools import islice
from pathlib import Path

import numpy as np
from django.db import connection, transaction
from django.utils import timezone
from numpy.typing import NDArray

from crowd.domain.record_blocks import read_records
from crowd.domain.records import BadRecord, Record
from crowd.domain.workflow import State
from crowd.models import Category, Passage, Signature, Source, Submission, Version
from crowd.services import signatures

BANDS_OF_A_TEXT = 51
BATCH = 1_000
# Rows that are sent to the database at once.
BLOCK = 1_000_000

Column = NDArray[np.int64]


def fill(data: Path, *, fillers: int) -> int:
    """Enter a file's records and so many fillers. Returns how many texts the index holds."""
    source = Source.objects.create(name="dolly", licence="CC-BY-SA-3.0", origin="human")
    with data.open("rb") as stream:
        records = (record for _line, record in read_records(stream) if not isinstance(record, BadRecord))
        while batch := list(islice(records, BATCH)):
            signatures.sign(_stored(batch, source))
    rows = list(Signature.objects.values_list("version", "hashes"))
    _write(*_with_fillers(*signatures.unpacked(rows), fillers))
    Signature.objects.update(is_spread=True)
    if connection.vendor == "postgresql":
        _run("VACUUM ANALYZE")
    _run(
        "SELECT sum(hash % 2) FROM crowd_band"
    )  # read whole: a site's pages are in memory, freshly written ones need not be
    return len(rows) + fillers


def size_bytes() -> int:
    """What the table of bands takes with its indexes. On SQLite, what the database takes."""
    if connection.vendor == "postgresql":
        return int(_run("SELECT pg_total_relation_size('crowd_band')")[0][0])
    return int(_run("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size")[0][0])


def _stored(records: list[Record], source: Source) -> list[Version]:
    """New submissions of these records, approved. Exact copies go in like any other."""
    now = timezone.now()
    categories = Category.objects.in_bulk(field_name="key")
    number = Submission.objects.count()
    submissions = Submission.objects.bulk_create(
        Submission(
            source=source, state=State.APPROVED, copy_hash=str(number + n), created_at=now, updated_at=now
        )
        for n in range(len(records))
    )
    versions = Version.objects.bulk_create(
        Version(
            submission=submission,
            number=1,
            category=categories[record.category],
            instruction=record.instruction,
            response=record.response,
            passage=_passage(record.context, source),
            origin=source.origin,
            licence=source.licence,
            sha256="",
            created_at=now,
        )
        for submission, record in zip(submissions, records, strict=True)
    )
    for submission, version in zip(submissions, versions, strict=True):
        submission.current_version = version
    Submission.objects.bulk_update(submissions, ["current_version"])
    return versions


def _passage(text: str, source: Source) -> Passage | None:
    if not text:
        return None
    fields = {"licence": source.licence, "text": text, "retrieved_at": timezone.now()}
    digest = sha256(text.encode()).hexdigest()
    return Passage.objects.get_or_create(wiki="import:dolly", sha256=digest, defaults=fields)[0]


def _with_fillers(hashes: Column, versions: Column, fillers: int) -> tuple[Column, Column]:
    """These bands and those of so many texts more, whose versions nobody has, by hash."""
    first = int(versions.max()) + 1
    bands = np.random.default_rng(7).integers(-(2**63), 2**63, fillers * BANDS_OF_A_TEXT)
    hashes = np.concatenate([hashes, bands])
    versions = np.concatenate([versions, np.repeat(np.arange(first, first + fillers), BANDS_OF_A_TEXT)])
    order = np.argsort(hashes)
    return hashes[order], versions[order]


def _write(hashes: Column, versions: Column) -> None:
    """Put rows into the empty table, by the fastest way that each database has."""
    blocks = (
        (hashes[start : start + BLOCK], versions[start : start + BLOCK])
        for start in range(0, len(hashes), BLOCK)
    )
    if connection.vendor == "postgresql":
        _copy(blocks)
        return
    with transaction.atomic(), connection.cursor() as cursor:
        for some, of in blocks:
            cursor.executemany(
                "INSERT INTO crowd_band VALUES (%s, %s)", list(zip(some.tolist(), of.tolist(), strict=True))
            )


def _copy(blocks: Iterator[tuple[Column, Column]]) -> None:
    """COPY in PostgreSQL's binary format: for each row the number of columns, then each one's length and value."""
    row = np.dtype([("columns", ">i2"), ("a", ">i4"), ("hash", ">i8"), ("b", ">i4"), ("version", ">i8")])
    _run("ALTER TABLE crowd_band DROP CONSTRAINT crowd_band_pkey")
    with (
        connection.cursor() as cursor,
        cursor.copy("COPY crowd_band (hash, version_id) FROM STDIN (FORMAT binary)") as copy,
    ):
        copy.write(b"PGCOPY\n\xff\r\n\0" + bytes(8))
        for hashes, versions in blocks:
            rows = np.empty(len(hashes), row)
            rows["columns"], rows["a"], rows["b"], rows["hash"], rows["version"] = 2, 8, 8, hashes, versions
            copy.write(rows.tobytes())
        copy.write(b"\xff\xff")
    _run("SET maintenance_work_mem = '1GB'")
    _run("ALTER TABLE crowd_band ADD PRIMARY KEY (hash, version_id)")


def _run(statement: str) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall() if cursor.description else []
