"""IdempotencyKey: the first answer to a keyed request, so that a replay gets it again."""

from typing import ClassVar

from django.db import models

from crowd.models.person import Person


class IdempotencyKey(models.Model):
    """A person's key with the digest of its request and the answer it got."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=200)
    request_sha256 = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField()
    answer = models.JSONField()
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["person", "key"], name="key_once_per_person")
        ]

    def __str__(self) -> str:
        return self.key
