"""Signature: that the holder of a key vouches for a release. It stands beside the release, whose bytes never change."""

from typing import ClassVar

from django.db import models

from crowd.models import Person
from exports.models.release import Release


class Signature(models.Model):
    """An SSH signature over a release's manifest, made elsewhere: no private key is ever kept here. The newest counts."""

    release = models.ForeignKey(Release, on_delete=models.CASCADE, related_name="signatures")
    fingerprint = models.CharField(max_length=60)
    text = models.TextField()
    created_by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["release", "fingerprint"], name="one_signature_per_key")
        ]

    def __str__(self) -> str:
        return f"{self.release_id} by {self.fingerprint}"

    @property
    def content(self) -> bytes:
        """The signature's file."""
        return self.text.encode("ascii")
