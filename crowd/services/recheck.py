"""Run the checks again over texts that were checked before. What people decided is not touched.

A re-run is a row and a job that works in batches of one short transaction each: their findings, and how far it is.
So it can be killed anywhere and goes on where it was, and people send and review meanwhile. After a few seconds it
steps aside for the jobs that came in between.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Max, QuerySet
from django.utils.translation import gettext as _

from crowd.domain import checks as rules
from crowd.domain.recheck import ENDS, OUTCOMES, Action, State
from crowd.models import CheckSet, Job, Person, Recheck, Version, is_standing, stands
from crowd.services import checks, duplicates, events, jobs, sweeper, wiki, workers
from crowd.services.errors import Conflict

JOB = "recheck"
SUBJECT = "recheck"
# Renewed with every batch, which ends with the text that a slice ends in. A text takes milliseconds, unless many
# checks have to be cut off on it; loading their libraries takes some seconds.
LEASE = timedelta(minutes=2)
LIMIT = timedelta(minutes=5)
# A batch is stored in one transaction, during which nobody else can write on SQLite: a hundredth of a second.
BATCH = 50
# For so long the jobs of others wait at most.
SLICE = timedelta(seconds=4)


class UpToDate(Conflict):
    """No text is left that the checks of today have not seen."""

    def __init__(self) -> None:
        super().__init__(_("Everything is up to date: there is nothing to check again."))


class Superseded(Exception):
    """The re-run was cancelled while a batch was being checked: its results are dropped."""


@dataclass(frozen=True)
class Choice:
    """What to check again. Look-alikes, and the wiki's word on passages, stand as they are unless asked for."""

    everything: bool = False
    look_alikes: bool = False
    passages: bool = False


@dataclass(frozen=True)
class _Result:
    version: Version
    found: list[rules.Finding]
    look_alikes: list[duplicates.Found] | None


def begin(choice: Choice, *, person: Person | None = None, now: datetime) -> Recheck:
    """Ask for a re-run. Raises UpToDate, and Conflict where one is under way."""
    until = Version.objects.aggregate(last=Max("pk"))["last"] or 0
    recheck = Recheck(
        everything=choice.everything,
        look_alikes=choice.look_alikes,
        passages=choice.passages,
        until=until,
        started_by=person,
        created_at=now,
    )
    total = _left(recheck, checks.current_set(now=now)).filter(stands()).count()
    if not total:
        raise UpToDate
    try:
        with transaction.atomic():
            key = str(recheck.public_id)
            recheck.job = jobs.enqueue(JOB, key, {"recheck": key}, now=now)
            Job.objects.filter(pk=recheck.job.pk).update(total=total)
            recheck.save(force_insert=True)
            _record(recheck, Action.BEGIN, person=person, now=now, data=asdict(choice) | {"texts": total})
    except IntegrityError:
        raise Conflict(_("The checks are being run again already.")) from None
    return recheck


def cancel(recheck: Recheck, *, person: Person, now: datetime) -> None:
    """End a re-run; what it has checked stays checked. Raises Conflict where it is over."""
    with transaction.atomic():
        _end(recheck, Action.CANCEL, person=person, now=now)


def run_here(
    choice: Choice,
    *,
    owner: str,
    clock: Callable[[], datetime],
    wait: Callable[[], None],
    tell: Callable[[Recheck], None],
) -> Recheck:
    """Do a re-run in this process, with or without a broker; go on with one that is under way, where there is.

    While another process holds it, this one waits and takes over when that one is heard from no more. Raises UpToDate.
    """
    with jobs.without_bell():
        recheck = Recheck.objects.running().first() or begin(choice, now=clock())
        while not recheck.is_over:
            job = Job.objects.get(pk=recheck.job_id)
            if job.lease_until is not None and job.lease_until < clock():
                sweeper.sweep(now=clock())
            lease = jobs.claim(job.pk, job.attempt, owner=owner, clock=clock)
            if lease is None:
                wait()
            else:
                jobs.do(lease)
            recheck = Recheck.objects.select_related("job").get(pk=recheck.pk)
            tell(recheck)
    return recheck


def handle(lease: jobs.Lease) -> None:
    """The job: check batch after batch, and step aside after a while."""
    recheck = Recheck.objects.get(public_id=lease.job.payload["recheck"])
    current = checks.current_set(now=lease.clock())
    began = lease.clock()
    while not recheck.is_over and (page := list(_left(recheck, current)[:BATCH])):
        standing = [version for version in page if is_standing(version)]
        results = list(_checked(standing, recheck, lease))
        last = page[-1] if len(results) == len(standing) else results[-1].version
        try:
            _store(recheck, results, current, lease, cursor=last.pk)
        except Superseded:
            break
        if lease.clock() - began >= SLICE or workers.is_leaving():
            raise jobs.StepAside
    now = lease.clock()
    with lease.finishing(now=now):
        if Recheck.objects.running().filter(pk=recheck.pk).exists():
            _end(recheck, Action.SUCCEED, person=None, now=now)


def give_up(job: Job, now: datetime) -> None:
    """The job has had all its attempts: the re-run has failed, and another may go on with the rest."""
    recheck = Recheck.objects.running().filter(job=job).first()
    if recheck is not None:
        with transaction.atomic():
            job.refresh_from_db(fields=["error"])
            _end(recheck, Action.FAIL, person=None, now=now, reason=job.error)


def _left(recheck: Recheck, current: CheckSet) -> QuerySet[Version]:
    """The versions that are still to be looked at, in their order, among them some that do not stand.

    By key alone: with `stands()` in the question, a database goes through every submission for each page.
    """
    versions = Version.objects.filter(pk__gt=recheck.cursor, pk__lte=recheck.until, checked_at__isnull=False)
    if not recheck.everything:
        versions = versions.exclude(checked_with=current)
    return versions.select_related("submission", "category", "passage").order_by("pk")


def _checked(versions: Sequence[Version], recheck: Recheck, lease: jobs.Lease) -> Iterator[_Result]:
    """Check some of the versions, in their order: as many as a slice has time for, one at least if there are any."""
    began = lease.clock()
    for version in versions:
        look_alikes = duplicates.look_alikes_of(version) if recheck.look_alikes else None
        yield _Result(version, checks.find(version), look_alikes)
        if lease.clock() - began >= SLICE:
            return


def _store(
    recheck: Recheck, results: Sequence[_Result], current: CheckSet, lease: jobs.Lease, *, cursor: int
) -> None:
    """Keep a batch's results and how far the re-run is, or neither. Raises LostLease and Superseded."""
    now = lease.clock()
    done = lease.job.done + len(results)
    with transaction.atomic():
        lease.renew(done=done)
        found = [(result.version, result.found) for result in results]
        tally = checks.keep_findings(found, with_set=current, now=now)
        counts = _added(recheck.counts, tally)
        if not Recheck.objects.running().filter(pk=recheck.pk).update(cursor=cursor, counts=counts):
            raise Superseded
        for result in results:
            if result.look_alikes is not None:
                duplicates.keep_look_alikes(result.version, result.look_alikes)
            if recheck.passages:
                wiki.enqueue(result.version, now=now, again=str(recheck.public_id))
    # Only now is it true.
    lease.job.done, recheck.cursor, recheck.counts = done, cursor, counts


def _added(counts: dict[str, dict[str, int]], tally: checks.Tally) -> dict[str, dict[str, int]]:
    total = {rule: dict(outcomes) for rule, outcomes in counts.items()}
    for (rule, outcome), number in tally.items():
        of_rule = total.setdefault(rule, dict.fromkeys(OUTCOMES, 0))
        of_rule[outcome] += number
    return total


def _end(recheck: Recheck, action: Action, *, person: Person | None, now: datetime, reason: str = "") -> None:
    """Bring a re-run to its end by compare-and-set, in the caller's transaction. Raises Conflict."""
    ended = Recheck.objects.running().filter(pk=recheck.pk).update(state=ENDS[action], finished_at=now)
    if not ended:
        raise Conflict(_("This re-run is already over."))
    recheck.state, recheck.finished_at = ENDS[action], now
    _record(recheck, action, person=person, now=now, reason=reason)


def _record(
    recheck: Recheck,
    action: Action,
    *,
    person: Person | None,
    now: datetime,
    reason: str = "",
    data: dict[str, bool | int] | None = None,
) -> None:
    before = "" if action is Action.BEGIN else State.RUNNING
    events.record(
        SUBJECT,
        recheck.public_id,
        action,
        now=now,
        actor=person,
        from_state=before,
        to_state=recheck.state,
        reason=reason,
        data=data,
    )
