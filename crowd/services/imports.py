"""Bring a dataset in: every row through the checks, refused by its line or stored with its source and its event.

Rows go in by batches of one transaction each, so memory stays flat and an import that is killed can simply be run
again: a record's id follows from its source and its texts, and what is here already is passed over.
"""

import sqlite3
import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime

from django.db import IntegrityError, transaction

from crowd.domain.checks import Pair, check, errors_in
from crowd.domain.formats import Entry, Line
from crowd.domain.imports import CATEGORY, COPY, ORIGIN, ROW, Remark, Report
from crowd.domain.licences import Origin
from crowd.domain.records import BadRecord, Record
from crowd.domain.text import canonical, copy_hash, normalize_newlines
from crowd.models import Category, Source, Submission
from crowd.services import copies, duplicates, import_rows
from crowd.services.errors import Conflict
from crowd.services.import_rows import Row

# What one transaction stores: so many rows, or fewer of so many characters.
BATCH = 500
BATCH_CHARS = 5_000_000
# The name space of imported records' ids. Fixed for ever, so that two sites agree.
NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "https://flock.example/imported-records")


def source_for(name: str, *, licence: str, origin: str, attribution: str = "") -> Source:
    """The source of that name, or a new one, which is stored with its first records.

    Raises Conflict where it is known under another licence, origin or attribution.
    """
    source = Source.objects.filter(name=name).first()
    if source is None:
        return Source(name=name, licence=licence, origin=origin, attribution=attribution)
    if (source.licence, source.origin) != (licence, origin):
        raise Conflict(
            f"The source {name} is here with licence {source.licence} and origin {source.origin}. "
            f"Use those, or another --source name."
        )
    if attribution and source.attribution != attribution:
        raise Conflict(f"The source {name} is here with the attribution {source.attribution or name!r}.")
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
    tell: Callable[[Remark], None],
    so_far: Callable[[Report], None] = lambda _report: None,
    dry_run: bool = False,
) -> Report:
    """Import the lines, and `tell` of each row that is left out as it comes, and how far it is after each batch.

    Raises Conflict.
    """
    report = Report(is_dry=dry_run)
    seen = _Seen() if dry_run else None
    known_size = 0
    for rows in _batches(_checked(lines, source, report, tell)):
        new, copied = _new_rows(rows, report, now, tell, seen)
        if dry_run:
            _look(new, report)
        else:
            source = source if source.pk or not new else _stored(source)
            new = _store(new, copied, source, report, approve=approve, now=now, tell=tell)
        _count(new, source, report, tell)
        if not dry_run and report.added > 2 * known_size:
            import_rows.renew_statistics()
            known_size = report.added
        so_far(report)
    return report


class _Seen:
    """The hashes of a dry run's texts: no table tells of a copy further up in the file.

    In a temporary file of SQLite's, so that memory stays flat.
    """

    def __init__(self) -> None:
        self._database = sqlite3.connect("")
        self._database.execute("CREATE TABLE seen (hash BLOB PRIMARY KEY) WITHOUT ROWID")

    def is_new(self, text_hash: str) -> bool:
        """Whether this is the first time that the hash is asked for."""
        asked = self._database.execute("INSERT OR IGNORE INTO seen VALUES (?)", [bytes.fromhex(text_hash)])
        return asked.rowcount == 1


def _checked(
    lines: Iterable[Line], source: Source, report: Report, tell: Callable[[Remark], None]
) -> Iterator[Row]:
    """Yield the rows that may go in, and tell of the others."""
    categories = Category.objects.in_bulk(field_name="key")
    for line, entries in lines:
        if isinstance(entries, BadRecord):
            results: list[Row | Remark] = [Remark(line, ROW, str(entries))]
        else:
            results = [_row(line, entry, source, categories) for entry in entries]
        for result in results:
            if isinstance(result, Remark):
                report.refusals[result.rule] += 1
                tell(result)
            else:
                yield result


def _row(line: int, entry: Entry, source: Source, categories: dict[str, Category]) -> Row | Remark:
    category = categories.get(entry.record.category)
    if category is None:
        return Remark(line, CATEGORY, f"there is no category {entry.record.category[:60]!r}")
    instruction, context, response = (normalize_newlines(text) for text in entry.record[:3])
    found = check(Pair(category.key, instruction, context, response), category.rule)
    if errors := errors_in(found):
        return Remark(line, errors[0].rule, f"{errors[0].field}: {errors[0].message}")
    record = Record(instruction, context, response, category.key)
    return Row(
        line=line,
        record=record,
        category=category,
        origin=Origin.MODEL if entry.model else source.origin,
        model=entry.model,
        problems=found,
        public_id=record_id(source.name, record),
        copy_hash=copy_hash(instruction, context, response),
    )


def _batches(rows: Iterable[Row]) -> Iterator[list[Row]]:
    batch: list[Row] = []
    chars = 0
    for row in rows:
        batch.append(row)
        chars += sum(map(len, row.record))
        if len(batch) == BATCH or chars >= BATCH_CHARS:
            yield batch
            batch, chars = [], 0
    if batch:
        yield batch


def _new_rows(
    rows: list[Row], report: Report, now: datetime, tell: Callable[[Remark], None], seen: _Seen | None
) -> tuple[list[Row], Counter[uuid.UUID]]:
    """The rows whose texts are not here yet, each once, and how many copies there are of which; tell of these."""
    by_id = dict(
        Submission.objects.filter(public_id__in=[row.public_id for row in rows]).values_list(
            "public_id", "created_at"
        )
    )
    by_text = _holders([row.copy_hash for row in rows])
    new: dict[str, Row] = {}
    copied: Counter[uuid.UUID] = Counter()
    for row in rows:
        # What this very import has stored is a copy further up in the file.
        if by_id.get(row.public_id, now) != now:
            report.already_here += 1
        elif row.public_id in by_id or row.copy_hash in new or (seen and not seen.is_new(row.copy_hash)):
            copied[row.public_id] += 1
            tell(Remark(row.line, COPY, "an exact copy of an earlier row, left out"))
        elif row.copy_hash in by_text:
            copied[by_text[row.copy_hash]] += 1
            tell(Remark(row.line, COPY, f"an exact copy of the record {by_text[row.copy_hash]}, left out"))
        else:
            new[row.copy_hash] = row
    report.copies += copied.total()
    return list(new.values()), copied


def _holders(text_hashes: list[str]) -> dict[str, uuid.UUID]:
    """To which submissions these texts belong, as what was sent last or as what was approved."""
    holders: dict[str, uuid.UUID] = {}
    found = Submission.objects.holding(text_hashes)
    for sent, approved, public_id in found.values_list("copy_hash", "approved_copy_hash", "public_id"):
        holders[sent] = public_id
        holders.setdefault(approved or sent, public_id)
    return holders


def _store(
    new: list[Row],
    copied: Counter[uuid.UUID],
    source: Source,
    report: Report,
    *,
    approve: bool,
    now: datetime,
    tell: Callable[[Remark], None],
) -> list[Row]:
    """Store rows and count copies; again without the copies, where somebody sent one at this very moment.

    Returns what was stored.
    """
    while True:
        try:
            with transaction.atomic():
                if new:
                    report.look_alikes += import_rows.store(new, source, approve=approve, now=now)
                copies.count(copied)
        except IntegrityError:
            still_new, more = _new_rows(new, report, now, tell, seen=None)
            if len(still_new) == len(new):
                raise
            new, copied = still_new, copied + more
        else:
            return new


def _stored(source: Source) -> Source:
    """A new source as a row; the one that another import has stored meanwhile, if so. Raises Conflict."""
    Source.objects.bulk_create([source], ignore_conflicts=True)
    return source_for(
        source.name, licence=source.licence, origin=source.origin, attribution=source.attribution
    )


def _look(rows: list[Row], report: Report) -> None:
    """Look for what is like these rows among what is here."""
    for row in rows:
        report.look_alikes.update(match.kind for _other, match in duplicates.find(row.record))


def _count(rows: list[Row], source: Source, report: Report, tell: Callable[[Remark], None]) -> None:
    for row in rows:
        report.categories[row.category.key] += 1
        report.origins[row.origin] += 1
        report.findings.update(problem.rule for problem in row.problems)
        if row.origin != source.origin:
            tell(
                Remark(row.line, ORIGIN, f"{row.model[:60]!r} wrote it, says the file: taken in as a model's")
            )
