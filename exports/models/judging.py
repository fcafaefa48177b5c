"""Comparison: people judge the answers of two models without knowing whose is whose. Contender, Pairing, Judgement."""

import uuid
from typing import ClassVar

from django.db import models

from crowd.domain.workflow import LIVE_STATES
from crowd.models import Person
from exports.domain.judging import Choice, ComparisonState
from exports.models.answer import Speaker
from exports.models.release import ReleaseRecord
from exports.models.run import Run


class ComparisonQuerySet(models.QuerySet["Comparison"]):
    """The comparisons' vocabulary."""

    def newest_first(self) -> "ComparisonQuerySet":
        return self.order_by("-created_at", "-id")

    def for_listing(self) -> "ComparisonQuerySet":
        return self.select_related("run__release", "against__release", "created_by").newest_first()

    def shown_to_judges(self) -> "ComparisonQuerySet":
        return self.filter(state__in=[ComparisonState.OPEN, ComparisonState.CLOSED])


class Comparison(models.Model):
    """A run's model against its base, or against another run's model, on questions that neither learned from."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="comparisons")
    against = models.ForeignKey(
        Run, null=True, on_delete=models.PROTECT, related_name="+"
    )  # null: the run's own base
    state = models.CharField(max_length=10, choices=[(state.value, state.value) for state in ComparisonState])
    seed = models.PositiveBigIntegerField()  # decides whose answer each person sees first
    message = models.TextField(blank=True)  # why it failed
    created_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    opened_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)

    objects = ComparisonQuerySet.as_manager()

    def __str__(self) -> str:
        return f"comparison {self.public_id}"

    @property
    def is_answering(self) -> bool:
        return self.state == ComparisonState.ANSWERING

    @property
    def is_open(self) -> bool:
        return self.state == ComparisonState.OPEN

    @property
    def is_closed(self) -> bool:
        return self.state == ComparisonState.CLOSED

    @property
    def speakers(self) -> tuple[tuple[Run, Speaker], tuple[Run, Speaker]]:
        """The model that is judged, and the one it is held against."""
        other = (self.against, Speaker.TUNED) if self.against else (self.run, Speaker.BASE)
        return (self.run, Speaker.TUNED), other


class PairingQuerySet(models.QuerySet["Pairing"]):
    """The pairings' vocabulary."""

    def standing(self) -> "PairingQuerySet":
        """Those whose record nobody has taken back."""
        return self.filter(record__submission__state__in=LIVE_STATES)

    def unjudged_by(self, person: Person) -> "PairingQuerySet":
        return self.exclude(judgements__person=person)

    def with_texts(self) -> "PairingQuerySet":
        return self.select_related("record__version__category", "record__version__passage")


class Pairing(models.Model):
    """One question of a comparison."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    comparison = models.ForeignKey(Comparison, on_delete=models.CASCADE, related_name="pairings")
    record = models.ForeignKey(ReleaseRecord, on_delete=models.PROTECT, related_name="pairings")

    objects = PairingQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["comparison", "record"], name="one_pairing_per_question")
        ]

    def __str__(self) -> str:
        return f"record {self.record_id} in comparison {self.comparison_id}"


class Judgement(models.Model):
    """Which of a question's two answers a person found better, and in which order they saw them."""

    pairing = models.ForeignKey(Pairing, on_delete=models.CASCADE, related_name="judgements")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    tuned_is_first = models.BooleanField()
    choice = models.CharField(max_length=3, choices=[(choice.value, choice.value) for choice in Choice])
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["pairing", "person"], name="one_judgement_per_person_and_question"
            )
        ]

    def __str__(self) -> str:
        return f"judgement {self.pk}"
