"""Push: that a model was, or is to be, sent to a hub; the first time only to see what would be sent."""

import uuid
from typing import ClassVar

from django.db import models

from crowd.models import Person
from exports.models.run import Run


class PushState(models.TextChoices):
    """Where a push stands. Only its job moves it."""

    WAITING = "waiting"
    DONE = "done"
    REFUSED = "refused"


class Push(models.Model):
    """One push of a run's model to a repository, or a look at what a push would do there."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="pushes")
    repo_id = models.CharField(max_length=200)
    is_dry_run = models.BooleanField()
    state = models.CharField(max_length=10, choices=PushState.choices)
    files = models.JSONField(default=list)  # their paths
    message = models.TextField(blank=True)  # what the hub holds or where the model is, or why it is refused
    created_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["run", "-created_at"], name="pushes_of_run")]

    def __str__(self) -> str:
        return f"push of run {self.run_id} to {self.repo_id}"

    @property
    def is_waiting(self) -> bool:
        return self.state == PushState.WAITING

    @property
    def is_ready_to_send(self) -> bool:
        """Whether somebody has seen what would be sent, and nothing spoke against it."""
        return self.is_dry_run and self.state == PushState.DONE
