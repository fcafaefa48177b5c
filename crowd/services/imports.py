"""Bring a dataset in: every row through the checks, refused by its line or stored with its source and its event.

Rows go in by batches of one transaction each, so memory stays flat and an import that is killed can simply be run
again: a record's id follows from its source and its texts, and what is here already is passed over.
"""

import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice

from django.db import IntegrityError, transaction
from django.db.models import OuterRef, Subquery

from crowd.domain.checks import Finding as Problem
from crowd.domain.checks import Pair, check, errors_in
from crowd.domain.records import BadRecord, Record, data_line, line_sha256
from crowd.domain.text import canonical, copy_hash, normalize_newlines
from crowd.domain.workflow import Action
from crowd.models import Category, CheckSet, Event, Finding, Passage, Source, Submission, Version
from crowd.services import checks, duplicates, events, passages, transitions
from crowd.services.errors import Conflict

BATCH = 500
# The name space of imported records' ids. Fixed for ever, so that two sites agree.
NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "https://flock.example/imported-records")

Line = tuple[int, tuple[Record, ...] | BadRecord]


@dataclass(frozen=True)
class Refusal:
    """A row that was not taken, and why."""

    line: int
    rule: str
    message: str


@dataclass
class Report:
    """What an import did. Copies are counted and named, and are no errors."""

    added: int = 0
    already_here: int = 0
    copies: list[int] = field(default_factory=list)
    refused: int = 0
    findings: int = 0


@dataclass(frozen=True)
class _Row:
    line: int
    record: Record
    category: Category
    problems: list[Problem]
    public_id: uuid.UUID
    copy_hash: str


def source_for(
    name: str, *, licence: str, origin: str, attribution: str = "", dry_run: bool = False
) -> Source:
    """The source of that name. Raises Conflict where it is known under another licence or origin."""
    source = Source.objects.filter(name=name).first()
    if source is None:
        source = Source(name=name, licence=licence, origin=origin, attribution=attribution)
        if not dry_run:
            source.save(force_insert=True)
    if (source.licence, source.origin) != (licence, origin):
        raise Conflict(
            f"The source {name} is here with licence {source.licence} and origin {source.origin}. "
            f"Use those, or another --source name."
        )
    return source


def record_id(source: str, record: Record) -> uuid.UUID:
    """An imported record's id, UUIDv5 of its source and canonical texts."""
    texts = (canonical(record.instruction), canonical(record.context), canonical(record.response))
    return uuid.uuid5(NAMESPACE, "\x00".join((source, *texts)))


def run(
    lines: Iterable[Line],
    *,
    source: Source,
    approve: bool,
    now: datetime,
    tell: Callable[[Refusal], None],
    dry_run: bool = False,
) -> Report:
    """Import the lines, and `tell` of each row that is refused as it comes."""
    report = Report()
    categories = Category.objects.in_bulk(field_name="key")
    lines = iter(lines)
    while batch := list(islice(lines, BATCH)):
        rows: list[_Row] = []
        for row in _rows(batch, source, categories):
            if isinstance(row, Refusal):
                report.refused += 1
                tell(row)
            else:
                rows.append(row)
        _take(rows, source, report, approve=approve, now=now, dry_run=dry_run)
    return report


def _rows(batch: list[Line], source: Source, categories: dict[str, Category]) -> Iterator[_Row | Refusal]:
    for line, records in batch:
        if isinstance(records, BadRecord):
            yield Refusal(line, "row", str(records))
            continue
        for record in records:
            yield _checked(line, record, source, categories)


def _checked(line: int, record: Record, source: Source, categories: dict[str, Category]) -> _Row | Refusal:
    category = categories.get(record.category)
    if category is None:
        return Refusal(line, "category", f"there is no category {record.category[:60]!r}")
    record = Record(
        instruction=normalize_newlines(record.instruction),
        context=normalize_newlines(record.context),
        response=normalize_newlines(record.response),
        category=category.key,
    )
    found = check(Pair(category.key, record.instruction, record.context, record.response), category.rule)
    if errors := errors_in(found):
        return Refusal(line, errors[0].rule, f"{errors[0].field}: {errors[0].message}")
    text_hash = copy_hash(record.instruction, record.context, record.response)
    return _Row(line, record, category, found, record_id(source.name, record), text_hash)


def _take(
    rows: list[_Row], source: Source, report: Report, *, approve: bool, now: datetime, dry_run: bool
) -> None:
    """Store what is new of a batch; again without the copies, where somebody sent one at this very moment."""
    new = _new_rows(rows, report, now)
    if dry_run:
        report.added += len(new)
        report.findings += sum(len(row.problems) for row in new)
        return
    while new:
        try:
            with transaction.atomic():
                report.findings += _store(new, source, approve=approve, now=now)
        except IntegrityError:
            still_new = _new_rows(new, report, now)
            if len(still_new) == len(new):
                raise
            new = still_new
        else:
            report.added += len(new)
            return


def _new_rows(rows: list[_Row], report: Report, now: datetime) -> list[_Row]:
    here = dict(
        Submission.objects.filter(public_id__in=[row.public_id for row in rows]).values_list(
            "public_id", "created_at"
        )
    )
    copies = set(
        Submission.objects.live()
        .filter(copy_hash__in=[row.copy_hash for row in rows])
        .values_list("copy_hash", flat=True)
    )
    new: dict[str, _Row] = {}
    for row in rows:
        if here.get(row.public_id, now) != now:
            report.already_here += 1
        elif row.copy_hash in copies or row.copy_hash in new or row.public_id in here:
            report.copies.append(row.line)
        else:
            new[row.copy_hash] = row
    return list(new.values())


def _store(rows: list[_Row], source: Source, *, approve: bool, now: datetime) -> int:
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
    findings = [
        finding
        for row, version in zip(rows, versions, strict=True)
        for finding in checks.as_rows(version, row.problems, now=now)
    ]
    Finding.objects.bulk_create(findings)
    duplicates.index(versions)
    duplicates.keep_look_alikes_of_many(versions)
    return len(findings)


def _point_at_versions(submissions: Sequence[Submission], *, approved: bool) -> None:
    newest = Subquery(Version.objects.filter(submission=OuterRef("pk")).values("pk")[:1])
    pointers = {"current_version": newest} | ({"approved_version": newest} if approved else {})
    Submission.objects.filter(pk__in=[submission.pk for submission in submissions]).update(**pointers)


def _passages(rows: list[_Row], source: Source, now: datetime) -> dict[str, Passage]:
    """The rows' contexts as passages of this source: unpinned, for the file names no page."""
    wiki = f"import:{source.name}"
    texts = {passages.sha256_of(row.record.context): row.record.context for row in rows if row.record.context}
    known = {passage.sha256: passage for passage in Passage.objects.filter(wiki=wiki, sha256__in=texts)}
    missing = [
        Passage(wiki=wiki, licence=source.licence, text=text, sha256=sha256, retrieved_at=now)
        for sha256, text in texts.items()
        if sha256 not in known
    ]
    known |= {passage.sha256: passage for passage in Passage.objects.bulk_create(missing)}
    return {text: known[sha256] for sha256, text in texts.items()}


def _version(
    row: _Row,
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
        origin=source.origin,
        licence=source.licence,
        sha256=line_sha256(data_line(record.instruction, record.context, record.response, record.category)),
        created_at=now,
        checked_at=now,
        checked_with=with_set,
    )
