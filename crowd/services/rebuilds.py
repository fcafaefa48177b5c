"""Bring the near-duplicate index up to date while people go on submitting, after an update with another scheme, say.

Every version is brought over whole in one short transaction, so at any moment it stands in the index under one scheme,
by which looks find it. Nothing is kept of how far a rebuild is: it does what is left to do, wherever it was killed.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from django.db import transaction
from django.db.models import QuerySet

from crowd.models import Job, Signature, Version, is_standing, stands
from crowd.services import jobs, signatures, workers

JOB = "rebuild_index"
# Renewed with every batch, which takes a fraction of a second.
LEASE = timedelta(seconds=60)
LIMIT = timedelta(minutes=5)
# For so long the jobs of others wait at most.
SLICE = timedelta(seconds=4)

Row = TypeVar("Row", Version, Signature)


@dataclass
class Report:
    """What a rebuild did: versions brought over, and rows dropped of versions that will never stand again."""

    indexed: int = 0
    dropped: int = 0


def run(*, tell: Callable[[Report], None]) -> Report:
    """Do all that is left to do, and `tell` after every batch. What `tell` raises ends it there; nothing is lost."""
    report = Report()
    # By key alone: with `stands()` in the question, a database goes through every submission for each batch.
    for versions in _batches(_not_signed().select_related("submission", "passage")):
        report.indexed += _bring_over([version for version in versions if is_standing(version)])
        tell(report)
    for rows in _batches(Signature.objects.exclude(stands("version__"))):
        report.dropped += _drop(rows)
        tell(report)
    return report


def behind() -> QuerySet[Version]:
    """The standing versions that the index lacks, or has under another scheme than that of new rows."""
    return _not_signed().filter(stands())


def _not_signed() -> QuerySet[Version]:
    return Version.objects.exclude(signature__scheme=signatures.current_scheme())


def ask(*, now: datetime) -> Job | None:
    """Have the workers do it, where there is something to do: what a sweeper asks at its start.

    One job a scheme. Where it is over and something is left all the same, it is done once more.
    """
    left = behind().count()
    if not left:
        return None
    with transaction.atomic():
        job = jobs.enqueue(JOB, signatures.current_scheme(), {}, now=now)
        is_over = job.state in {Job.State.DONE, Job.State.QUARANTINED}
        if job.total == 0 or (is_over and jobs.reopen(job, now=now)):
            Job.objects.filter(pk=job.pk).update(done=0, total=left)
    return job


def handle(lease: jobs.Lease) -> None:
    """The job: batch after batch, and step aside after a while."""
    began = lease.clock()
    done = lease.job.done

    def tell(report: Report) -> None:
        lease.renew(done=done + report.indexed)
        if lease.clock() - began >= SLICE or workers.is_leaving():
            raise jobs.StepAside

    run(tell=tell)
    with lease.finishing(now=lease.clock()):
        pass  # the batches have written all there is to write


def _batches(rows: QuerySet[Row]) -> Iterator[list[Row]]:
    """What is left, by key, a batch at a time."""
    last = 0
    while batch := list(rows.filter(pk__gt=last).order_by("pk")[: signatures.BATCH]):
        yield batch
        last = batch[-1].pk


def _bring_over(versions: Sequence[Version]) -> int:
    """Put versions into the index under the scheme of new rows, and take them out under any other. Returns how many."""
    # The arithmetic comes first: on SQLite nobody else can write within the transaction.
    new = {version.pk: signatures.signature_of(version) for version in versions}
    with transaction.atomic():
        # A row of every version is there from here on, so who else is at it waits at the lock, and then sees what is done.
        Signature.objects.bulk_create(new.values(), ignore_conflicts=True)
        old = [
            row
            for row in Signature.objects.select_for_update().filter(pk__in=new).order_by("pk")
            if (row.scheme, row.is_spread) != (signatures.current_scheme(), True)
        ]
        signatures.erase_bands([row for row in old if row.is_spread])
        for row in old:
            row.scheme, row.hashes, row.is_spread = new[row.pk].scheme, new[row.pk].hashes, True
        signatures.write_bands(old)
        Signature.objects.bulk_create(
            old,
            update_conflicts=True,
            unique_fields=["version"],
            update_fields=["scheme", "hashes", "is_spread"],
        )
    return len(old)


def _drop(rows: Sequence[Signature]) -> int:
    """Take versions out of the index that will never stand again. Returns how many."""
    with transaction.atomic():
        locked = list(Signature.objects.select_for_update().filter(pk__in=[row.pk for row in rows]))
        signatures.erase_bands([row for row in locked if row.is_spread])
        Signature.objects.filter(pk__in=[row.pk for row in locked]).delete()
    return len(locked)
