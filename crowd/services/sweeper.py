"""Find the jobs that nobody is doing: their holder died, or their bell was not heard."""

import logging
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from crowd.models import Job
from crowd.services import jobs

logger = logging.getLogger(__name__)

RING_AGAIN_AFTER = timedelta(seconds=10)


def sweep(*, now: datetime) -> int:
    """Find jobs whose holder died or whose bell was lost. Returns how many were taken up again."""
    return _take_back_expired(now) + _ring_unheard(now)


def _take_back_expired(now: datetime) -> int:
    count = 0
    for job in Job.objects.lease_expired(now):
        try:
            count += _take_back(job, now)
        except Exception:
            # Neither the job nor what it was about has changed: the next sweep tries both again.
            logger.exception("job %s (%s) could not be taken back from its worker", job.pk, job.kind)
    return count


def _take_back(job: Job, now: datetime) -> bool:
    over = job.attempt >= job.max_attempts
    with transaction.atomic():
        changed = Job.objects.filter(pk=job.pk, state=Job.State.RUNNING, fence=job.fence).update(
            state=Job.State.QUARANTINED if over else Job.State.WAITING,
            fence=F("fence") + 1,
            run_at=now,
            rung_at=now,
            lease_until=None,
            lease_owner="",
            error="the worker that held this job was not heard from again",
        )
        if changed and over:
            jobs.tell_of_quarantine(job, now=now)
    if changed and not over:
        jobs.ring(job)
    return bool(changed)


def _ring_unheard(now: datetime) -> int:
    unheard = list(Job.objects.due(now).filter(rung_at__lte=now - RING_AGAIN_AFTER).order_by("id")[:500])
    Job.objects.waiting().filter(pk__in=[job.pk for job in unheard]).update(rung_at=now)
    for job in unheard:
        jobs.ring(job)
    return len(unheard)
