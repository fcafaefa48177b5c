"""The near-duplicate index and what it found. Both are derived from the versions: `services/rebuilds.py` makes the index anew."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from crowd.domain.workflow import GONE_STATES, LIVE_STATES
from crowd.models.submission import Version


def stands(path: str = "") -> Q:
    """A version that counts as a look-alike: its live submission's current text, or the one approved and not replaced yet.

    `path` leads to the version, as in `other__`. What does not stand never stands again.
    """
    # By what it is not: asked for four states, SQLite would begin with all submissions in them, whatever else is asked.
    is_live = ~Q(**{f"{path}submission__state__in": GONE_STATES})
    is_current = Q(**{f"{path}pk": F(f"{path}submission__current_version")})
    is_approved = Q(**{f"{path}pk": F(f"{path}submission__approved_version")})
    return is_live & (is_current | is_approved)


def is_standing(version: Version) -> bool:
    """What `stands` asks, of a version with its submission."""
    submission = version.submission
    return submission.state in LIVE_STATES and version.pk in {
        submission.current_version_id,
        submission.approved_version_id,
    }


class Signature(models.Model):
    """A version's band hashes in one row, written with the version. Looks read it here until it is spread into bands.

    `hashes` are signed 64-bit numbers, little-endian, ascending, each once.
    """

    version = models.OneToOneField(
        Version, primary_key=True, on_delete=models.CASCADE, related_name="signature"
    )
    scheme = models.PositiveSmallIntegerField()
    is_spread = models.BooleanField(default=False)
    hashes = models.BinaryField()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["version"], condition=Q(is_spread=False), name="signatures_waiting"),
            models.Index(fields=["scheme"], name="signatures_by_scheme"),
        ]

    def __str__(self) -> str:
        return f"signature of version {self.version_id}"


class Band(models.Model):
    """One band hash of a version's signature (kind, band number and scheme are mixed into the hash).

    A version has about fifty of them, so the row is nothing but the two columns, and on SQLite nothing but the key.
    No constraint leads to the version: it would be asked fifty times, and nobody deletes versions.
    """

    pk = models.CompositePrimaryKey("hash", "version")
    hash = models.BigIntegerField()
    version = models.ForeignKey(
        Version, on_delete=models.DO_NOTHING, related_name="bands", db_constraint=False, db_index=False
    )

    def __str__(self) -> str:
        return f"band {self.hash}"


class LookAlike(models.Model):
    """Another version that a version resembles, and why."""

    version = models.ForeignKey(Version, on_delete=models.CASCADE, related_name="look_alikes")
    other = models.ForeignKey(Version, on_delete=models.CASCADE, related_name="looked_like_by")
    kind = models.CharField(max_length=10)  # exact, near, similar
    on = models.CharField(max_length=12)  # text, instruction, passage
    score = models.FloatField()
    why = models.TextField()

    class Meta:
        ordering: ClassVar = ["-score", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["version", "other", "on"], name="look_alike_once_per_field")
        ]

    def __str__(self) -> str:
        return f"{self.kind} on {self.on}: {self.score:.2f}"
