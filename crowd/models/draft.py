"""Draft: private, unsent text. Nothing typed is lost, so it lives on the server from the first pause on."""

import uuid
from typing import ClassVar

from django.db import models

from crowd.models.category import Category
from crowd.models.person import Person
from crowd.models.submission import Submission


class DraftQuerySet(models.QuerySet["Draft"]):
    """The drafts' vocabulary."""

    def of(self, person: Person) -> "DraftQuerySet":
        return self.filter(person=person)

    def for_listing(self) -> "DraftQuerySet":
        return self.select_related("category", "revises").order_by("-updated_at")


class Draft(models.Model):
    """What a person has typed and not sent. `edit` counts the saves, so that two tabs cannot overwrite each other."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="drafts")
    category = models.ForeignKey(Category, on_delete=models.PROTECT)
    instruction = models.TextField(blank=True)
    context = models.TextField(blank=True)
    response = models.TextField(blank=True)
    passage_url = models.CharField(max_length=1_000, blank=True)
    revises = models.ForeignKey(
        Submission, null=True, blank=True, on_delete=models.CASCADE, related_name="drafts"
    )
    edit = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    objects = DraftQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["person", "revises"], name="one_draft_per_revision"),
        ]

    def __str__(self) -> str:
        return f"draft {self.public_id}"

    @property
    def is_empty(self) -> bool:
        return not (self.instruction or self.context or self.response or self.passage_url)
