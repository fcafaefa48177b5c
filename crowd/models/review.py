"""Claim: a reviewer's time-limited hold. Decision: what they decided, once per version."""

import uuid
from datetime import datetime
from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from crowd.domain.workflow import State
from crowd.models.person import Person
from crowd.models.submission import Submission, Version


class ClaimQuerySet(models.QuerySet["Claim"]):
    """The claims' vocabulary; the clock is an argument."""

    def standing(self, now: datetime) -> "ClaimQuerySet":
        return self.filter(ended_at=None, expires_at__gt=now)

    def over(self, now: datetime) -> "ClaimQuerySet":
        """Out of time, or on a submission that is no longer in review, and not yet marked as ended."""
        return self.filter(ended_at=None).exclude(expires_at__gt=now, submission__state=State.IN_REVIEW)


class Claim(models.Model):
    """A row per hold. `ended_at` is set when it is decided, let go or found expired."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    submission = models.ForeignKey(Submission, on_delete=models.CASCADE, related_name="claims")
    version = models.ForeignKey(Version, on_delete=models.CASCADE)
    reviewer = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="claims")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    objects = ClaimQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["submission"], condition=Q(ended_at=None), name="one_claim_at_a_time"
            ),
            models.UniqueConstraint(
                fields=["reviewer"], condition=Q(ended_at=None), name="one_claim_per_reviewer"
            ),
        ]

    def __str__(self) -> str:
        return f"claim {self.public_id}"


class Decision(models.Model):
    """One decision per version, for the version that was seen, never by its author."""

    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="decisions")
    version = models.OneToOneField(Version, on_delete=models.PROTECT, related_name="decision")
    reviewer = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="decisions")
    author = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    decision = models.CharField(max_length=10)
    reason = models.TextField(blank=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(author=None) | ~Q(author=F("reviewer")), name="nobody_decides_on_their_own"
            )
        ]

    def __str__(self) -> str:
        return f"{self.decision} version {self.version_id}"
