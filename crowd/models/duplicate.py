"""The near-duplicate index and what it found. Both are derived: `services/duplicates.py` can rebuild them."""

from typing import ClassVar

from django.db import models

from crowd.models.submission import Version


class Band(models.Model):
    """One band hash of a version's signature (kind, band number and scheme are mixed into the hash).

    A version has about fifty of them, so the row is nothing but the two columns.
    """

    pk = models.CompositePrimaryKey("hash", "version")
    hash = models.BigIntegerField()
    version = models.ForeignKey(Version, on_delete=models.CASCADE, related_name="bands")

    def __str__(self) -> str:
        return f"band {self.hash}"


class LookAlike(models.Model):
    """An earlier version that a later one resembles, and why."""

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
