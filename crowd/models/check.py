"""Finding: a rule, and what it found in one version."""

from typing import ClassVar

from django.db import models

from crowd.models.submission import Version


class Finding(models.Model):
    """What one check found. Offsets are code points in the named field, end exclusive."""

    version = models.ForeignKey(Version, on_delete=models.CASCADE, related_name="findings")
    rule = models.CharField(max_length=40)
    severity = models.CharField(max_length=10)
    field = models.CharField(max_length=20, blank=True)
    start = models.PositiveIntegerField(null=True)
    end = models.PositiveIntegerField(null=True)
    message = models.TextField()

    class Meta:
        ordering: ClassVar = ["id"]

    def __str__(self) -> str:
        return f"{self.rule} in {self.field}"
