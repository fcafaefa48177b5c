"""Submission: one sent instruction/response pair, through its immutable versions."""

import uuid
from collections.abc import Collection
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from crowd.domain.licences import Origin
from crowd.domain.workflow import GONE_STATES, LIVE_STATES, State
from crowd.models.category import Category
from crowd.models.contest import Contest
from crowd.models.grant import Grant
from crowd.models.passage import Passage
from crowd.models.person import Person
from crowd.models.source import Source

# For questions written by hand. As parameters the states would hide the indexes that hold live rows alone from SQLite.
LIVE_LITERALS, GONE_LITERALS = (
    ", ".join(f"'{state}'" for state in states) for states in (LIVE_STATES, GONE_STATES)
)


class SubmissionQuerySet(models.QuerySet["Submission"]):
    """The submissions' vocabulary."""

    def by(self, person: Person) -> "SubmissionQuerySet":
        return self.filter(author=person)

    def live(self) -> "SubmissionQuerySet":
        return self.filter(state__in=LIVE_STATES)

    def in_review(self) -> "SubmissionQuerySet":
        return self.filter(state=State.IN_REVIEW)

    def not_by(self, person: Person) -> "SubmissionQuerySet":
        return self.filter(Q(author=None) | ~Q(author=person))

    def unclaimed(self) -> "SubmissionQuerySet":
        held = Submission.objects.filter(claims__isnull=False, claims__ended_at=None)
        return self.exclude(pk__in=held.values("pk"))

    def releasable(self) -> "SubmissionQuerySet":
        """With an approved version that nobody has taken back, even while a newer one is in review."""
        return self.live().exclude(approved_version=None)

    def holding(self, text_hashes: Collection[str]) -> "SubmissionQuerySet":
        """Live ones to which one of these texts belongs, as what was sent last or as what was approved."""
        live = Submission.objects.extra(where=[f"state IN ({LIVE_LITERALS})"]).values("pk")  # noqa: S610 -- words of ours
        sent, approved = (
            live.filter(copy_hash__in=text_hashes),
            live.filter(approved_copy_hash__in=text_hashes),
        )
        return self.filter(pk__in=sent.union(approved))

    def with_texts(self) -> "SubmissionQuerySet":
        return self.select_related("current_version__category", "current_version__passage", "source")


class Submission(models.Model):
    """Identity, author and state. The texts are its versions'."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    author = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="submissions")
    source = models.ForeignKey(Source, null=True, on_delete=models.PROTECT, related_name="submissions")
    contest = models.ForeignKey(Contest, null=True, on_delete=models.PROTECT, related_name="submissions")
    state = models.CharField(max_length=12, choices=[(state.value, state.value) for state in State])
    copy_hash = models.CharField(max_length=64)
    # Null only inside the transaction that makes the submission, which has to come before its version.
    current_version: "models.ForeignKey[Version, Version]" = models.ForeignKey(  # type: ignore[assignment]
        "Version", null=True, on_delete=models.PROTECT, related_name="current_of"
    )
    approved_version = models.ForeignKey(
        "Version", null=True, on_delete=models.PROTECT, related_name="approved_of"
    )
    # Beside `copy_hash`, for a newer version takes that one while the approved text goes on being released.
    approved_copy_hash = models.CharField(max_length=64, null=True, editable=False)
    copies_refused = models.PositiveIntegerField(
        default=0,
        help_text=_("How often an exact copy of it was refused at the door or left out of an import."),
    )
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    objects = SubmissionQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["copy_hash"], condition=Q(state__in=LIVE_STATES), name="no_exact_copy_among_live"
            ),
            models.UniqueConstraint(
                fields=["approved_copy_hash"],
                condition=Q(state__in=LIVE_STATES, approved_copy_hash__isnull=False),
                name="no_text_approved_twice",
            ),
            models.CheckConstraint(
                condition=Q(author__isnull=False, source__isnull=True)
                | Q(author__isnull=True, source__isnull=False),
                name="submission_has_author_or_source",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["author", "-created_at"], name="submissions_of_author"),
            models.Index(fields=["state", "id"], name="submissions_by_state"),
        ]

    def __str__(self) -> str:
        return f"submission {self.public_id}"


class Version(models.Model):
    """One immutable text of a submission, numbered from 1."""

    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    category = models.ForeignKey(Category, on_delete=models.PROTECT)
    instruction = models.TextField()
    response = models.TextField()
    passage = models.ForeignKey(Passage, null=True, on_delete=models.PROTECT, related_name="versions")
    grant = models.ForeignKey(Grant, null=True, on_delete=models.PROTECT, related_name="versions")
    edited_by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="edited_versions")
    origin = models.CharField(max_length=20, choices=[(origin.value, origin.value) for origin in Origin])
    licence = models.CharField(max_length=40)
    # Of the record's line in a release, so that a release is ordered and compared without reading the texts.
    sha256 = models.CharField(max_length=64)
    created_at = models.DateTimeField()
    checked_at = models.DateTimeField(null=True)
    # Null where not all of the checks have seen it, or before this was kept.
    checked_with = models.ForeignKey(
        "CheckSet", null=True, on_delete=models.PROTECT, related_name="versions_checked"
    )

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["submission", "number"], name="version_once_per_submission"),
            models.CheckConstraint(condition=Q(number__gte=1), name="versions_count_from_one"),
        ]
        ordering: ClassVar = [F("number").asc()]

    def __str__(self) -> str:
        return f"version {self.number} of {self.submission}"

    @property
    def context(self) -> str:
        """A record's context is its passage's text."""
        return self.passage.text if self.passage else ""
