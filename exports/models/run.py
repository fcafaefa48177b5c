"""Run: one fine-tune of a release by a recipe. What it writes lies under runs/ID/; this row is the truth."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from crowd.models import Person
from exports.domain.run_workflow import FINAL_STATES, Action, RunState, actions_from
from exports.models.release import Release

_FINAL = [state.value for state in FINAL_STATES]


class RunQuerySet(models.QuerySet["Run"]):
    """The runs' vocabulary."""

    def newest_first(self) -> "RunQuerySet":
        return self.order_by("-created_at", "-id")

    def for_listing(self) -> "RunQuerySet":
        return self.select_related("release", "created_by").newest_first()

    def running(self) -> "RunQuerySet":
        return self.filter(state=RunState.RUNNING)

    def queued_before(self, run: "Run") -> "RunQuerySet":
        """The runs whose turn comes first; of two that were asked for in one moment, the older row's."""
        earlier = Q(queued_at__lt=run.queued_at) | Q(queued_at=run.queued_at, pk__lt=run.pk)
        return self.filter(earlier, state=RunState.QUEUED)


class Run(models.Model):
    """One fine-tune: what it was asked to do, where it stands, and what came of it."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="runs")
    data_sha256 = models.CharField(max_length=64)
    recipe = models.CharField(max_length=40)
    overrides = models.JSONField(default=dict)
    seed = models.PositiveBigIntegerField()
    base = models.CharField(
        max_length=200,
        blank=True,
        help_text=_("The pretrained model, as name@revision; empty for random weights."),
    )
    base_licence = models.CharField(
        max_length=64,
        blank=True,
        help_text=_("The SPDX id under which the base was offered when it was chosen."),
    )
    code_version = models.CharField(max_length=40)
    state = models.CharField(max_length=10, choices=[(state.value, state.value) for state in RunState])
    created_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="runs")
    created_at = models.DateTimeField()
    queued_at = models.DateTimeField(
        help_text=_("Its place in the queue: when it, or its going on, was asked for.")
    )
    started_at = models.DateTimeField(null=True)
    stop_requested_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    exit_code = models.IntegerField(null=True)
    message = models.TextField(blank=True, help_text=_("Why it failed, in words for an admin."))
    figures = models.JSONField(default=dict, help_text=_("Of a finished run: loss, steps, tokens, seconds."))

    objects = RunQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(state__in=_FINAL, finished_at__isnull=False)
                | (~Q(state__in=_FINAL) & Q(finished_at__isnull=True)),
                name="run_is_finished_when_final",
            ),
            # The queue has one trainer at a time, however many workers listen to it: two would share one machine's memory.
            models.UniqueConstraint(
                fields=["state"], condition=Q(state=RunState.RUNNING.value), name="one_run_at_a_time"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["state", "created_at"], name="runs_by_state")]

    def __str__(self) -> str:
        return f"run {self.public_id}"

    @property
    def is_final(self) -> bool:
        return self.state in FINAL_STATES

    @property
    def can_resume(self) -> bool:
        return Action.RESUME in actions_from(self.state)

    @property
    def has_model(self) -> bool:
        return self.state == RunState.SUCCEEDED

    @property
    def began_from_base(self) -> bool:
        """Whether its base gave it the weights, and not the tokenizer alone."""
        return bool(self.base) and self.overrides.get("init") != "random"

    @property
    def name(self) -> str:
        """What people call it: the release and the recipe, and enough of the id to tell two apart."""
        return f"{self.release.version} · {self.recipe} · {str(self.public_id)[:8]}"
