"""PointEntry: the append-only ledger. A person's points are the sum of their entries."""

from typing import ClassVar

from django.db import models

from crowd.models.category import Category
from crowd.models.contest import Contest
from crowd.models.person import Person
from crowd.models.submission import Submission, Version


class PointEntry(models.Model):
    """Points earned by an approval, or taken back (negative) when it no longer stands."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="points")
    contest = models.ForeignKey(Contest, on_delete=models.PROTECT, related_name="points")
    category = models.ForeignKey(Category, on_delete=models.PROTECT)
    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="points")
    version = models.ForeignKey(Version, on_delete=models.PROTECT)
    amount = models.IntegerField()
    reason = models.CharField(max_length=20)  # approved, or what took the points back
    created_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "point entries"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["version", "reason"], name="points_once_per_version_and_reason")
        ]
        indexes: ClassVar = [models.Index(fields=["contest", "created_at"], name="points_of_contest")]

    def __str__(self) -> str:
        return f"{self.amount:+d} {self.reason}"
