"""Whose turn it is: the queue has one trainer at a time, and each run says what it waits for."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from crowd.models import Job
from crowd.services import workers
from exports.domain.run_workflow import RunState
from exports.models import Run

RUN_JOB: Final = "finetune"
QUEUE: Final = "training"
# A worker holds its run for so long; it renews that every few seconds.
LEASE: Final = timedelta(seconds=30)
SILENT_AFTER: Final = timedelta(seconds=12)


@dataclass(frozen=True, slots=True)
class Standing:
    """Why an unfinished run does not train right now. `level` is a message's: info, or warning where something broke."""

    level: str
    text: str


def job_of(run: Run) -> Job | None:
    return Job.objects.filter(kind=RUN_JOB, key=str(run.public_id)).first()


def is_held(job: Job | None, *, now: datetime) -> bool:
    """Whether a worker has this job, as far as one can tell."""
    return bool(job and job.state == Job.State.RUNNING and job.lease_until and job.lease_until >= now)


def is_turn_of(run: Run) -> bool:
    """Whether nobody trains, and no run waits that was asked for earlier."""
    if Run.objects.running().exclude(pk=run.pk).exists():
        return False
    keys = [
        str(public_id) for public_id in Run.objects.queued_before(run).values_list("public_id", flat=True)
    ]
    return not Job.objects.unfinished().filter(kind=RUN_JOB, key__in=keys).exists()


def places() -> dict[int, int]:
    """The waiting runs' places in the queue, from 1, by the runs' keys."""
    waiting = (
        Run.objects.filter(state=RunState.QUEUED).order_by("queued_at", "pk").values_list("pk", flat=True)
    )
    return {pk: place for place, pk in enumerate(waiting, 1)}


def standing(run: Run, *, now: datetime) -> Standing | None:
    """Why an unfinished run does not train right now; nothing when it does, or when it is over."""
    if run.is_final:
        return None
    job = job_of(run)
    if run.state == RunState.RUNNING:
        return _of_a_running_one(job, now=now)
    return None if is_held(job, now=now) else Standing("info", _what_it_waits_for(run, now=now))


def _of_a_running_one(job: Job | None, *, now: datetime) -> Standing | None:
    if job is None or job.state in {Job.State.DONE, Job.State.QUARANTINED}:
        return Standing(
            "warning", _("No worker will take this run up again. Cancel it; then it can be resumed.")
        )
    if not is_held(job, now=now):
        lost = _("Its worker was lost. Another one goes on from the last checkpoint.")
        return Standing("warning", f"{lost} {_what_a_worker_does(now=now)}")
    silence = LEASE - (job.lease_until - now) if job.lease_until else timedelta(0)
    if silence < SILENT_AFTER:
        return None
    text = _("Its worker was last heard from %(count)s seconds ago. If it stays silent, another one goes on.")
    return Standing("warning", text % {"count": round(silence.total_seconds())})


def _what_it_waits_for(run: Run, *, now: datetime) -> str:
    before = _who_is_before(run)
    if before and workers.is_heard(queue=QUEUE, now=now):
        return before
    return f"{before} {_what_a_worker_does(now=now)}".lstrip()


def _who_is_before(run: Run) -> str:
    """Which runs come first; nothing where it is the next."""
    other = Run.objects.running().select_related("release").exclude(pk=run.pk).first()
    earlier = Run.objects.queued_before(run).count()
    if other and earlier:
        text = ngettext(
            "Waits for %(name)s, which trains now, and for %(count)s run that was asked for before it.",
            "Waits for %(name)s, which trains now, and for %(count)s runs that were asked for before it.",
            earlier,
        )
        return text % {"name": other.name, "count": earlier}
    if other:
        return _("Waits for %(name)s, which trains now.") % {"name": other.name}
    if earlier:
        text = ngettext(
            "Waits for %(count)s run that was asked for before it.",
            "Waits for %(count)s runs that were asked for before it.",
            earlier,
        )
        return text % {"count": earlier}
    return ""


def _what_a_worker_does(*, now: datetime) -> str:
    if workers.is_heard(queue=QUEUE, now=now):
        return _("A training worker is about to take it up.")
    if settings.PRODUCTION:
        return _("No training worker is connected. The run is kept, and starts as soon as one is.")
    return _("A training worker is being started. It takes a few seconds to load.")
