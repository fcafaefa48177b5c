"""Recheck: the checks run again over texts that were checked before."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from crowd.domain.recheck import State
from crowd.models.job import Job
from crowd.models.person import Person


class RecheckQuerySet(models.QuerySet["Recheck"]):
    """The re-runs' vocabulary."""

    def running(self) -> "RecheckQuerySet":
        return self.filter(state=State.RUNNING)

    def for_listing(self) -> "RecheckQuerySet":
        return self.select_related("job", "started_by").order_by("-id")


class Recheck(models.Model):
    """One re-run. Its job's row says how many texts it has to check and how many it has."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    job = models.OneToOneField(Job, on_delete=models.PROTECT, related_name="recheck")
    state = models.CharField(
        max_length=10, choices=[(state.value, state.value) for state in State], default=State.RUNNING.value
    )
    everything = models.BooleanField(default=False, help_text=_("Also what is up to date."))
    look_alikes = models.BooleanField(default=False, help_text=_("Also what the texts resemble."))
    passages = models.BooleanField(default=False, help_text=_("Also ask the wiki about unverified passages."))
    # Versions are done in the order of their keys: up to `cursor` they are, past `until` they are not asked for.
    cursor = models.PositiveBigIntegerField(default=0)
    until = models.PositiveBigIntegerField()
    counts = models.JSONField(
        default=dict, help_text=_("By rule, how many findings are new, gone, changed, unchanged.")
    )
    # Empty where a command began it.
    started_by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="rechecks")
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    objects = RecheckQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["state"], condition=Q(state=State.RUNNING.value), name="one_recheck_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(state=State.RUNNING.value, finished_at__isnull=True)
                | (~Q(state=State.RUNNING.value) & Q(finished_at__isnull=False)),
                name="recheck_is_finished_when_over",
            ),
        ]

    def __str__(self) -> str:
        return f"recheck {self.public_id}"

    @property
    def is_over(self) -> bool:
        return self.state != State.RUNNING
