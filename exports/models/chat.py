"""Question: what a person asked a tuned model, and its answer as it grows."""

import uuid
from typing import ClassVar

from django.db import models

from crowd.models import Person
from exports.domain.run_workflow import OPEN_QUESTION_STATES, QuestionState
from exports.models.run import Run


class QuestionQuerySet(models.QuerySet["Question"]):
    """The questions' vocabulary."""

    def by(self, person: Person) -> "QuestionQuerySet":
        return self.filter(person=person)

    def open(self) -> "QuestionQuerySet":
        return self.filter(state__in=OPEN_QUESTION_STATES)


class Question(models.Model):
    """One question to the model of a run. Only its asker ever sees it."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="questions")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    instruction = models.TextField()
    context = models.TextField(blank=True)
    state = models.CharField(max_length=10, choices=[(state.value, state.value) for state in QuestionState])
    answer = models.TextField(blank=True)
    stopped = models.CharField(max_length=20, blank=True)  # why the model stopped, in `training`'s word
    message = models.TextField(blank=True)  # why there is no answer
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    objects = QuestionQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["run", "person", "-created_at"], name="questions_of_person")
        ]

    def __str__(self) -> str:
        return f"question {self.public_id}"

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_QUESTION_STATES

    @property
    def seconds(self) -> float | None:
        """How long the model took."""
        if self.started_at is None or self.finished_at is None:
            return None
        return (self.finished_at - self.started_at).total_seconds()
