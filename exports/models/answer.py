"""Answer: what a run's model, or the base it began from, answers to a record's question."""

from typing import ClassVar

from django.db import models

from exports.models.release import ReleaseRecord
from exports.models.run import Run


class Speaker(models.TextChoices):
    """Which of a run's two models: the one it left, or the one it began from."""

    TUNED = "tuned"
    BASE = "base"


class AnswerQuerySet(models.QuerySet["Answer"]):
    """The answers' vocabulary."""

    def of(self, run: Run, speaker: str) -> "AnswerQuerySet":
        return self.filter(run=run, speaker=speaker)


class Answer(models.Model):
    """One answer, chosen token by token as the likeliest: asked again, the model would say the same.

    The question is the record's, which holds its text: nothing of what people wrote is kept here a second time.
    """

    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="answers")
    speaker = models.CharField(max_length=5, choices=Speaker.choices)
    record = models.ForeignKey(ReleaseRecord, on_delete=models.PROTECT, related_name="answers")
    text = models.TextField(blank=True)
    stopped = models.CharField(
        max_length=20
    )  # why the model stopped, in `training`'s word, or that it refused
    created_at = models.DateTimeField()

    objects = AnswerQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["run", "speaker", "record"], name="one_answer_per_question")
        ]

    def __str__(self) -> str:
        return f"the {self.speaker} model of run {self.run_id} on record {self.record_id}"
