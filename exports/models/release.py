"""Release: an immutable dataset version. ReleaseRecord: that a submission's version is in it.

Tombstone: that a line of an earlier release stands no longer.
"""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from crowd.domain.workflow import LIVE_STATES
from crowd.models import Person, Submission, Version
from exports.domain.release import MAX_VERSION_CHARS, State
from exports.domain.tombstone import Kind

# Of a released record, seen from today: taken back by its author or an admin.
IS_WITHDRAWN = ~Q(submission__state__in=LIVE_STATES)
# Another text was approved in its place. A new version with the same line (say, another revision of its page) is none.
IS_CORRECTED = (
    Q(submission__state__in=LIVE_STATES)
    & ~Q(submission__approved_version=F("version"))
    & ~Q(submission__approved_version__sha256=F("version__sha256"))
)


class ReleaseQuerySet(models.QuerySet["Release"]):
    """The releases' vocabulary."""

    def ready(self) -> "ReleaseQuerySet":
        return self.filter(state=State.READY)

    def published(self) -> "ReleaseQuerySet":
        return self.ready().exclude(published_at=None)

    def newest_first(self) -> "ReleaseQuerySet":
        return self.order_by("-created_at", "-id")


class Release(models.Model):
    """A named set of records with its files under releases/VERSION/. Once ready it never changes."""

    version = models.CharField(max_length=MAX_VERSION_CHARS, unique=True)
    state = models.CharField(max_length=10, choices=[(state.value, state.value) for state in State])
    profile = models.CharField(max_length=20)
    licence = models.CharField(max_length=40, blank=True)
    options = models.JSONField(default=dict, help_text=_("What was asked for, such as the sources left out."))
    counts = models.JSONField(default=dict)
    parent = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="children")
    manifest_sha256 = models.CharField(max_length=64, blank=True)
    problems = models.JSONField(
        default=list, help_text=_("Why the cut was refused or failed: id, rule, reason.")
    )
    cut_number = models.PositiveIntegerField(
        default=1, help_text=_("How often this version was cut; it names the job.")
    )
    created_by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    ready_at = models.DateTimeField(null=True)
    published_at = models.DateTimeField(null=True)
    published_by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")

    objects = ReleaseQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(published_at=None) | Q(state=State.READY.value),
                name="only_ready_releases_are_published",
            )
        ]

    def __str__(self) -> str:
        return self.version

    @property
    def is_published(self) -> bool:
        return self.published_at is not None

    @property
    def shown_state(self) -> str:
        """The state as people see it: a published release is more than ready."""
        return "published" if self.is_published else self.state

    @property
    def job_key(self) -> str:
        """Names this cut's job; cutting a failed version again is another job."""
        return f"{self.pk}.{self.cut_number}"


class ReleaseRecordQuerySet(models.QuerySet["ReleaseRecord"]):
    """The released records' vocabulary."""

    def changed_since(self) -> "ReleaseRecordQuerySet":
        """Those that stand no longer as they were released.

        The first filter follows from the second and asks nothing of the versions, whose rows are long: with it the
        database passes over what stands in a third of the time.
        """
        may_have_changed = IS_WITHDRAWN | ~Q(submission__approved_version=F("version"))
        return self.filter(may_have_changed).filter(IS_WITHDRAWN | IS_CORRECTED)


class ReleaseRecord(models.Model):
    """One record of a release. `position` is its line in the data, from 0."""

    # Both constraints begin with the release: an index of its own would only be one more to write.
    release = models.ForeignKey(Release, on_delete=models.CASCADE, related_name="records", db_index=False)
    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="release_records")
    version = models.ForeignKey(Version, on_delete=models.PROTECT, related_name="release_records")
    position = models.PositiveIntegerField()

    objects = ReleaseRecordQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["release", "position"], name="one_record_per_line"),
            models.UniqueConstraint(fields=["release", "submission"], name="record_once_per_release"),
        ]

    def __str__(self) -> str:
        return f"line {self.position} of {self.release_id}"


class Tombstone(models.Model):
    """A line of a release that `release` follows and that stands no longer: id, hash, when and how, never a text or who.

    It names the record by its public id alone: what becomes of the submission's row is nothing to it.
    """

    release = models.ForeignKey(Release, on_delete=models.CASCADE, related_name="tombstones")
    record = models.UUIDField()
    sha256 = models.CharField(max_length=64)
    kind = models.CharField(max_length=10, choices=[(kind.value, kind.value) for kind in Kind])
    on = models.DateField(
        help_text=_("The day in UTC. A moment would tell what one person took back together.")
    )
    last_release = models.CharField(
        max_length=MAX_VERSION_CHARS, help_text=_("The last one that held the line.")
    )

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["release", "record", "sha256"], name="one_tombstone_per_line")
        ]

    def __str__(self) -> str:
        return f"{self.record} was {self.kind}"
