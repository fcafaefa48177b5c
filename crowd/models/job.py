"""Job: later work as a row, with its lease and fence. The broker only rings; this table is the truth."""

from datetime import datetime
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class JobQuerySet(models.QuerySet["Job"]):
    """The jobs' vocabulary; the clock is an argument."""

    def waiting(self) -> "JobQuerySet":
        return self.filter(state=Job.State.WAITING)

    def due(self, now: datetime) -> "JobQuerySet":
        return self.waiting().filter(run_at__lte=now)

    def unfinished(self) -> "JobQuerySet":
        return self.filter(state__in=[Job.State.WAITING, Job.State.RUNNING])

    def lease_expired(self, now: datetime) -> "JobQuerySet":
        return self.filter(state=Job.State.RUNNING, lease_until__lt=now)

    def quarantined(self) -> "JobQuerySet":
        return self.filter(state=Job.State.QUARANTINED)


class Job(models.Model):
    """One piece of later work, written in the same transaction as its cause."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        QUARANTINED = "quarantined", _("Quarantined")

    kind = models.CharField(max_length=40)
    key = models.CharField(max_length=120, help_text=_("What the job is about; one job per kind and key."))
    queue = models.CharField(max_length=20, default="default")
    payload = models.JSONField(default=dict)
    state = models.CharField(max_length=12, choices=State.choices, default=State.WAITING)
    attempt = models.PositiveIntegerField(default=0)
    max_attempts = models.PositiveIntegerField(default=5)
    run_at = models.DateTimeField()
    rung_at = models.DateTimeField()
    lease_owner = models.CharField(max_length=120, blank=True)
    lease_until = models.DateTimeField(null=True)
    fence = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    error = models.TextField(blank=True)
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["kind", "key"], name="job_once_per_cause")]
        indexes: ClassVar = [
            # Finished jobs pile up; what the sweeper reads stays small.
            models.Index(
                fields=["state", "run_at"],
                name="jobs_unfinished",
                condition=Q(state__in=["waiting", "running"]),
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"


class WorkerSighting(models.Model):
    """When a worker process of a queue was last heard from."""

    name = models.CharField(max_length=120, primary_key=True)
    queue = models.CharField(max_length=20)
    seen_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name} on {self.queue}"
