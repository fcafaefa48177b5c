"""Contest: a campaign with dates and rules. Many in time, at most one open."""

from datetime import datetime
from typing import ClassVar
from zoneinfo import ZoneInfo

from django.db import models
from django.utils.translation import gettext_lazy as _


class ContestQuerySet(models.QuerySet["Contest"]):
    """The contests' vocabulary."""

    def open(self) -> "ContestQuerySet":
        return self.filter(state=Contest.State.RUNNING)


class Contest(models.Model):
    """One campaign. Its time zone decides its days, weeks (from Monday) and deadline."""

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        RUNNING = "running", _("Running")
        FROZEN = "frozen", _("Frozen")
        FINAL = "final", _("Final")

    name = models.CharField(max_length=200)
    description = models.TextField(blank=True)
    rules = models.TextField(blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    time_zone = models.CharField(max_length=64, default="UTC")
    starts_at = models.DateTimeField(null=True, blank=True)
    ends_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ContestQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["state"], condition=models.Q(state="running"), name="one_open_contest"
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    def accepts_at(self, now: datetime) -> bool:
        """Whether a submission that arrives at `now` is in time."""
        if self.state != self.State.RUNNING:
            return False
        begun = self.starts_at is None or self.starts_at <= now
        return begun and (self.ends_at is None or now < self.ends_at)
