"""Event: one line of the append-only history. `seq` orders it; a job can later seal it into a hash chain."""

from typing import ClassVar

from django.db import models

from crowd.models.person import Person


class EventQuerySet(models.QuerySet["Event"]):
    """The history's vocabulary."""

    def about(self, kind: str, subject: object) -> "EventQuerySet":
        return self.filter(subject_kind=kind, subject_id=str(subject)).order_by("seq")


class Event(models.Model):
    """Who did what to what: from which state to which, on which version, and why."""

    seq = models.BigAutoField(primary_key=True)
    at = models.DateTimeField()
    actor = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="events")
    actor_kind = models.CharField(max_length=10)  # person, import or system
    subject_kind = models.CharField(max_length=20)
    subject_id = models.CharField(max_length=64)
    action = models.CharField(max_length=30)
    from_state = models.CharField(max_length=12, blank=True)
    to_state = models.CharField(max_length=12, blank=True)
    version = models.PositiveIntegerField(null=True)
    reason = models.TextField(blank=True)
    data = models.TextField(
        default="{}"
    )  # canonical JSON: sorted keys, no spaces, so that its bytes can be hashed

    objects = EventQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["subject_kind", "subject_id", "seq"], name="events_of_subject")
        ]

    def __str__(self) -> str:
        return f"{self.seq}: {self.action} {self.subject_kind} {self.subject_id}"
