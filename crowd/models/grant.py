"""Grant: the licence a contributor gave, with the wording they saw. Wordings are versions and never change."""

from typing import ClassVar

from django.db import models

from crowd.models.person import Person


class GrantWordingQuerySet(models.QuerySet["GrantWording"]):
    """The wordings' vocabulary."""

    def current(self) -> "GrantWording":
        """The newest wording, the one that is asked for. Raises DoesNotExist on a site without any."""
        return self.latest("number")


class GrantWording(models.Model):
    """One version of the licence grant and the attestation, as shown."""

    number = models.PositiveIntegerField(unique=True)
    text = models.TextField()
    licence = models.CharField(max_length=40)
    sha256 = models.CharField(max_length=64)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = GrantWordingQuerySet.as_manager()

    def __str__(self) -> str:
        return self.version

    @property
    def version(self) -> str:
        """What the API calls this wording."""
        return f"{self.number}"


class Grant(models.Model):
    """A person accepted a wording. Immutable; a new wording is asked again."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="grants")
    wording = models.ForeignKey(GrantWording, on_delete=models.PROTECT, related_name="grants")
    accepted_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["person", "wording"], name="grant_once_per_wording")
        ]

    def __str__(self) -> str:
        return f"{self.person} accepted wording {self.wording}"
