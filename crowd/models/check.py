"""CheckSet: the checks of one moment. Finding: a rule, and what it found in one version."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from crowd.models.submission import Version


class CheckSet(models.Model):
    """Which checks there were, each with its version: what a text was checked with.

    A version points at the set that it last went through, so whether its findings are up to date can be computed.
    """

    fingerprint = models.CharField(max_length=64, unique=True)
    versions = models.JSONField(help_text=_("Each rule with the version of its check."))
    first_used_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"checks {self.fingerprint[:8]}"


class Finding(models.Model):
    """What one check found. Offsets are code points in the named field, end exclusive."""

    version = models.ForeignKey(Version, on_delete=models.CASCADE, related_name="findings")
    rule = models.CharField(max_length=40)
    rule_version = models.PositiveSmallIntegerField(default=1)
    severity = models.CharField(max_length=10)
    field = models.CharField(max_length=20, blank=True)
    start = models.PositiveIntegerField(null=True)
    end = models.PositiveIntegerField(null=True)
    message = models.TextField()
    # Of the first time; null where it was found before this was kept.
    found_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["id"]

    def __str__(self) -> str:
        return f"{self.rule} in {self.field}"
