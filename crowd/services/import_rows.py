"""Store an import's rows with all that belongs to them, a batch in the caller's transaction."""

import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import Count, F, OuterRef, Subquery

from crowd.domain.checks import Finding as Problem
from crowd.domain.records import Record, data_line, line_sha256
from crowd.domain.workflow import Action
from crowd.models import (
    Band,
    Category,
    CheckSet,
    Event,
    Finding,
    LookAlike,
    Passage,
    Signature,
    Source,
    Submission,
    Version,
)
from crowd.models.passage import IMPORTED
from crowd.services import checks, duplicates, events, passages, transitions

# Every table that an import fills.
FILLED = (Passage, Submission, Event, Version, Finding, Signature, Band, LookAlike)


@dataclass(frozen=True)
class Row:
    """A record that has passed the checks at the door, and what was remarked on it."""

    line: int
    record: Record
    category: Category
    origin: str
    # The model that the file itself names as the writer.
    model: str
    problems: list[Problem]
    public_id: uuid.UUID
    copy_hash: str


def store(rows: Sequence[Row], source: Source, *, approve: bool, now: datetime) -> Counter[str]:
    """Store rows that are new, each with its event, passage, findings and look-alikes. Raises IntegrityError.

    Returns how many pairs of look-alikes were found, by kind.
    """
    action = Action.IMPORT_APPROVED if approve else Action.IMPORT
    kept = _passages(rows, source, now)
    submissions = [
        Submission(
            public_id=row.public_id, source=source, copy_hash=row.copy_hash, created_at=now, updated_at=now
        )
        for row in rows
    ]
    history: list[Event] = [
        transitions.begin(submission, action, now=now, actor_kind=events.IMPORT) for submission in submissions
    ]
    Submission.objects.bulk_create(submissions)
    Event.objects.bulk_create(history)
    with_set = checks.current_set(now=now)
    versions = Version.objects.bulk_create(
        _version(row, submission, kept.get(row.record.context), source, with_set, now)
        for row, submission in zip(rows, submissions, strict=True)
    )
    _point_at_versions(submissions, approved=approve)
    Finding.objects.bulk_create(
        finding
        for row, version in zip(rows, versions, strict=True)
        for finding in checks.as_rows(version, row.problems, now=now)
    )
    duplicates.index(versions)
    duplicates.keep_look_alikes_of_many(versions)
    kinds = LookAlike.objects.filter(version__in=versions).values_list("kind")
    return Counter(dict(kinds.order_by().annotate(Count("pk"))))


def renew_statistics() -> None:
    """Let PostgreSQL see how large the tables have become. Its own look comes a minute late, and plans are bad till then.

    Chapter 14.4 of its manual, "Populating a Database": run ANALYZE after bulk loads.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"ANALYZE {', '.join(model._meta.db_table for model in FILLED)}")  # noqa: SLF001 -- Django's documented interface


def _point_at_versions(submissions: Sequence[Submission], *, approved: bool) -> None:
    newest = Subquery(Version.objects.filter(submission=OuterRef("pk")).values("pk")[:1])
    pointers: dict[str, Subquery | F] = {"current_version": newest}
    if approved:
        pointers |= {"approved_version": newest, "approved_copy_hash": F("copy_hash")}
    Submission.objects.filter(pk__in=[submission.pk for submission in submissions]).update(**pointers)


def _passages(rows: Sequence[Row], source: Source, now: datetime) -> dict[str, Passage]:
    """The rows' contexts as passages of this source: unpinned, for the file names no page."""
    wiki = f"{IMPORTED}{source.name}"
    texts = {passages.sha256_of(row.record.context): row.record.context for row in rows if row.record.context}
    # Another import may be storing the same ones at this moment.
    Passage.objects.bulk_create(
        (
            Passage(wiki=wiki, licence=source.licence, text=text, sha256=sha256, retrieved_at=now)
            for sha256, text in texts.items()
        ),
        ignore_conflicts=True,
    )
    known = {passage.sha256: passage for passage in Passage.objects.filter(wiki=wiki, sha256__in=texts)}
    return {text: known[sha256] for sha256, text in texts.items()}


def _version(
    row: Row,
    submission: Submission,
    passage: Passage | None,
    source: Source,
    with_set: CheckSet,
    now: datetime,
) -> Version:
    record = row.record
    return Version(
        submission=submission,
        number=1,
        category=row.category,
        instruction=record.instruction,
        response=record.response,
        passage=passage,
        origin=row.origin,
        licence=source.licence,
        sha256=line_sha256(data_line(record.instruction, record.context, record.response, record.category)),
        created_at=now,
        checked_at=now,
        checked_with=with_set,
    )
