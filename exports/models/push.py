"""Push: that a release or a model was, or is to be, sent to a hub; the first time only to see what would be sent."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q

from crowd.models import Person
from exports.domain.repo_id import MAX_CHARS
from exports.models.release import Release
from exports.models.run import Run


class PushState(models.TextChoices):
    """Where a push stands. Only its job moves it."""

    WAITING = "waiting"
    DONE = "done"
    REFUSED = "refused"


class Push(models.Model):
    """One push of a release, or of a run's model, to a repository, or a look at what a push would do there."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    release = models.ForeignKey(Release, null=True, on_delete=models.PROTECT, related_name="pushes")
    run = models.ForeignKey(Run, null=True, on_delete=models.PROTECT, related_name="pushes")
    repo_id = models.CharField(max_length=MAX_CHARS)
    is_dry_run = models.BooleanField()
    state = models.CharField(max_length=10, choices=PushState.choices)
    files = models.JSONField(default=list)  # their paths
    message = models.TextField(blank=True)  # what the hub holds or what was done, or why it is refused
    url = models.URLField(max_length=500, blank=True)  # where it is
    created_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(release=None) ^ Q(run=None), name="push_is_of_a_release_or_of_a_run"
            ),
            models.UniqueConstraint(
                fields=["release"], condition=Q(state="waiting"), name="one_push_of_a_release_at_a_time"
            ),
            models.UniqueConstraint(
                fields=["run"], condition=Q(state="waiting"), name="one_push_of_a_model_at_a_time"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["run", "-created_at"], name="pushes_of_run"),
            models.Index(fields=["release", "-created_at"], name="pushes_of_release"),
        ]

    def __str__(self) -> str:
        of = f"release {self.release_id}" if self.release_id else f"run {self.run_id}"
        return f"push of {of} to {self.repo_id}"

    @property
    def thing(self) -> Release | Run:
        """What is pushed: the release, or the run whose model it is."""
        found = self.release or self.run
        if found is None:
            raise LookupError(f"{self} is of nothing")  # a constraint keeps it from being stored
        return found

    @property
    def is_waiting(self) -> bool:
        return self.state == PushState.WAITING

    @property
    def is_ready_to_send(self) -> bool:
        """Whether somebody has seen what would be sent, and nothing spoke against it."""
        return self.is_dry_run and self.state == PushState.DONE
