"""Passage: reference text with its source. Immutable; only its verification is added later, with what the wiki says of the page."""

from typing import ClassVar

from django.db import models

MAX_TITLE_CHARS = 255
IMPORTED = "import:"  # and a source's name, where a wiki's would stand


class Passage(models.Model):
    """A passage of one page revision. An imported passage is *unpinned*: it has no revision of its own."""

    wiki = models.CharField(max_length=255, help_text="The wiki's host name, or import:SOURCE.")
    # Empty until the wiki has said it, where a revision is known.
    title = models.CharField(max_length=MAX_TITLE_CHARS, blank=True)
    page_id = models.PositiveBigIntegerField(null=True, blank=True)
    revision_id = models.PositiveBigIntegerField(default=0, help_text="0 where it is not known.")
    section = models.CharField(max_length=255, blank=True)
    url = models.CharField(max_length=1_000, blank=True)
    licence = models.CharField(max_length=40)
    text = models.TextField()
    sha256 = models.CharField(max_length=64)
    retrieved_at = models.DateTimeField()
    verified_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["sha256", "wiki", "revision_id", "section", "url"], name="passage_once"
            )
        ]

    def __str__(self) -> str:
        return self.title or self.wiki

    @property
    def imported_with(self) -> str:
        """The name of the dataset that it came with; nothing for one of a wiki."""
        return self.wiki.removeprefix(IMPORTED) if self.wiki.startswith(IMPORTED) else ""

    @property
    def is_pinned(self) -> bool:
        return bool(self.url and self.revision_id)
