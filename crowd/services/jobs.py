"""Later work: write it as a row with its cause, ring for it on commit, hold it by lease and fence.

The broker is only a doorbell. A message says `(job id, attempt)`; whoever hears it must still claim the row, so a
message that comes twice, late or never does no harm: the sweeper rings again for what nobody has done.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from celery import current_app
from django.db import transaction
from django.db.models import Model, Q

from crowd.models import Job
from crowd.models.job import JobQuerySet
from crowd.services import rows

logger = logging.getLogger(__name__)

DEFAULT_QUEUE = "default"
MAX_BACK_OFF = timedelta(minutes=5)
MAX_ERROR_CHARS = 500


class LostLease(Exception):
    """Somebody else holds the job now: whatever this holder was about to write must not be written."""


class WaitLonger(Exception):
    """The job cannot go on yet, through no fault of its own; it is tried again without costing an attempt."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"try again in {seconds} seconds")
        self.wait = timedelta(seconds=seconds)


class StepAside(Exception):
    """The job has done a part of its work and lets others have their turn before it goes on; no attempt is spent."""


@dataclass(frozen=True)
class Kind:
    """How jobs of one kind are done.

    `lease` must outlast the longest silence between two `Lease.renew()`; a worker that is busy with one job for
    longer than `limit` is killed and the job tried again, None for jobs that take as long as they take.
    """

    handler: "Callable[[Lease], None]"
    lease: timedelta
    limit: timedelta | None
    on_quarantine: "Callable[[Job, datetime], None] | None" = None


_kinds: dict[str, Kind] = {}
_is_silent: ContextVar[bool] = ContextVar("is_silent", default=False)


def register(
    kind: str,
    handler: "Callable[[Lease], None]",
    *,
    lease: timedelta = timedelta(seconds=30),
    limit: timedelta | None = timedelta(seconds=25),
    on_quarantine: Callable[[Job, datetime], None] | None = None,
) -> None:
    """Say who does the jobs of a kind. Each app calls this in its `apps.py`."""
    _kinds[kind] = Kind(handler, lease, limit, on_quarantine)


def enqueue(
    kind: str,
    key: object,
    payload: dict[str, Any],
    *,
    now: datetime,
    queue: str = DEFAULT_QUEUE,
    max_attempts: int = 5,
    cause: Sequence[Model] = (),
) -> Job:
    """Write a job in the caller's transaction and ring when that commits.

    One job per kind and key: asking again for the same one returns the first. `cause` are new rows to be stored with
    it, for which nobody can have asked before.
    """
    fields = {
        "payload": payload,
        "queue": queue,
        "max_attempts": max_attempts,
        "run_at": now,
        "rung_at": now,
        "created_at": now,
    }
    job = Job(kind=kind, key=str(key), **fields)
    if cause:
        rows.insert_together([*cause, job])
    elif not rows.insert_if_new(job):
        return Job.objects.get(kind=kind, key=str(key))
    transaction.on_commit(lambda: ring(job))
    return job


@contextmanager
def without_bell() -> Iterator[None]:
    """Ring for nothing that commits within: who does the jobs in this process needs no broker."""
    token = _is_silent.set(True)
    try:
        yield
    finally:
        _is_silent.reset(token)


def ring(job: Job) -> None:
    """Tell the workers of a job's queue that it waits.

    A broker that is away costs nothing but a line in the log: the sweeper rings again.
    """
    if _is_silent.get():
        return
    try:
        current_app.send_task(
            "run_job", args=[job.pk, job.attempt], queue=job.queue, time_limit=limit_of(job), retry=False
        )
    except Exception as error:  # noqa: BLE001 -- whatever the broker's client raises, the row is safe
        logger.warning("job %s is not rung (%s); the sweeper will", job.pk, type(error).__name__)


def limit_of(job: Job) -> float | None:
    """After how many seconds a worker that is still busy with the job is to be killed; None for never."""
    kind = _kinds.get(job.kind)
    return kind.limit.total_seconds() if kind and kind.limit else None


@dataclass
class Lease:
    """A worker's hold on a job: this attempt, until then, under this fence."""

    job: Job
    owner: str
    fence: int
    length: timedelta
    clock: Callable[[], datetime]

    def renew(self, *, done: int | None = None, total: int | None = None) -> None:
        """Hold on longer, and say how far the work is. Raises LostLease."""
        progress = {name: value for name, value in (("done", done), ("total", total)) if value is not None}
        if not self._mine().update(lease_until=self.clock() + self.length, **progress):
            raise LostLease(str(self.job))

    @contextmanager
    def finishing(self, *, now: datetime) -> Iterator[None]:
        """A transaction that writes the job's effects and marks it done, or does neither. Raises LostLease."""
        with transaction.atomic():
            finished = self._mine().update(
                state=Job.State.DONE, finished_at=now, lease_until=None, lease_owner="", error=""
            )
            if not finished:
                raise LostLease(str(self.job))
            yield

    def _mine(self) -> Any:
        return Job.objects.filter(pk=self.job.pk, state=Job.State.RUNNING, fence=self.fence)


def run(job_id: int, attempt: int, *, owner: str, clock: Callable[[], datetime]) -> bool:
    """Claim a job and do it. Returns whether this call did it; a job held or done by others is left alone."""
    lease = claim(job_id, attempt, owner=owner, clock=clock)
    return lease is not None and do(lease)


def do(lease: Lease) -> bool:
    """Do a claimed job. Returns whether this call did it; a job that fails waits for its next attempt."""
    try:
        _kinds[lease.job.kind].handler(lease)
    except LostLease:
        logger.info("job %s went to somebody else", lease.job.pk)
        return False
    except WaitLonger as pause:
        _put_back(lease, now=lease.clock(), wait=pause.wait, spent=False)
        return False
    except StepAside:
        if _put_back(lease, now=lease.clock(), wait=timedelta(0), spent=False):
            # The bell goes to the end of the queue, behind those of the jobs that came meanwhile.
            ring(Job.objects.get(pk=lease.job.pk))
        return False
    except Exception as error:
        _put_back(lease, now=lease.clock(), wait=_back_off(lease.job.attempt), spent=True, error=error)
        raise
    return True


def claim(job_id: int, attempt: int, *, owner: str, clock: Callable[[], datetime]) -> Lease | None:
    """Take a waiting job by compare-and-set, or None where there is nothing to take."""
    now = clock()
    job = Job.objects.due(now).filter(pk=job_id, attempt=attempt).first()
    if job is None or job.kind not in _kinds:
        return None
    length = _kinds[job.kind].lease
    columns = {
        "state": Job.State.RUNNING,
        "attempt": attempt + 1,
        "fence": job.fence + 1,
        "lease_owner": owner,
        "lease_until": now + length,
    }
    as_read = Job.objects.waiting().filter(pk=job.pk, attempt=attempt, fence=job.fence)
    if not as_read.update(**columns):
        return None
    for name, value in columns.items():
        setattr(job, name, value)
    return Lease(job, owner, job.fence, length, clock)


def _put_back(
    lease: Lease, *, now: datetime, wait: timedelta, spent: bool, error: BaseException | None = None
) -> bool:
    """Let the job wait for its next attempt, or quarantine it when it has had them all. False where the lease is lost."""
    job = lease.job
    over = spent and job.attempt >= job.max_attempts
    with transaction.atomic():
        changed = lease._mine().update(  # noqa: SLF001 -- the same module
            state=Job.State.QUARANTINED if over else Job.State.WAITING,
            attempt=job.attempt if spent else job.attempt - 1,
            run_at=now + wait,
            rung_at=now,
            lease_until=None,
            lease_owner="",
            error=_describe(error) if error else "",
        )
        if changed and over:
            tell_of_quarantine(job, now=now)
    return bool(changed)


def wanted_queues(now: datetime) -> set[str]:
    """The queues in which a job is due or being done, so that their workers can be started on demand and kept as long."""
    wanted = Job.objects.unfinished().filter(Q(state=Job.State.RUNNING) | Q(run_at__lte=now))
    return set(wanted.values_list("queue", flat=True).distinct())


def release_quarantined(job: Job, *, now: datetime) -> bool:
    """An admin lets a quarantined job try again from the first attempt. False where it is not quarantined (any more)."""
    return _reset(job, Job.objects.quarantined(), now=now)


def reopen(job: Job, *, now: datetime) -> bool:
    """In the transaction of a new cause, let a job that may be over be done once more. False where somebody holds it."""
    return _reset(job, Job.objects.exclude(state=Job.State.RUNNING), now=now)


def _reset(job: Job, among: JobQuerySet, *, now: datetime) -> bool:
    columns = {"state": Job.State.WAITING, "attempt": 0, "run_at": now, "rung_at": now, "finished_at": None}
    changed = among.filter(pk=job.pk).update(**columns, error="")
    if changed:
        job.attempt = 0
        transaction.on_commit(lambda: ring(job))
    return bool(changed)


def tell_of_quarantine(job: Job, *, now: datetime) -> None:
    """Tell the job's kind, in the transaction that quarantines it: a kill in between would leave what it was about waiting for ever."""
    logger.error("job %s (%s) is quarantined after %s attempts", job.pk, job.kind, job.attempt)
    on_quarantine = _kinds[job.kind].on_quarantine if job.kind in _kinds else None
    if on_quarantine:
        on_quarantine(job, now)


def _back_off(attempt: int) -> timedelta:
    return min(timedelta(seconds=2**attempt), MAX_BACK_OFF)


def _describe(error: BaseException) -> str:
    # Only the kind of error and our own words: a database error's text can quote what a person wrote.
    return f"{type(error).__module__}.{type(error).__name__}"[:MAX_ERROR_CHARS]
