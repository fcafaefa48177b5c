"""Models with their cards and how people found them, as the API shows them."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from exports.domain.judging import ComparisonState, Outcome
from exports.models import Comparison, Run
from exports.serializers.release import SinceSerializer
from exports.services import judging, model_card, tombstones


class ModelLineSerializer(serializers.Serializer[Run]):
    """One line of the list. A model's id is its run's."""

    id = serializers.UUIDField(source="public_id")
    name = serializers.CharField()
    release = serializers.CharField(source="release.version")
    recipe = serializers.CharField()
    base = serializers.CharField(
        help_text="The pretrained model it began from; empty where its weights were random."
    )
    finished_at = serializers.DateTimeField()


class TallySerializer(serializers.Serializer[Any]):
    """How often this model was preferred, neither, or the other one."""

    wins = serializers.IntegerField()
    ties = serializers.IntegerField()
    losses = serializers.IntegerField()


class OutcomeSerializer(serializers.Serializer[Outcome]):
    """What a closed comparison came to. A question counts once, for the model that most of its judges preferred."""

    questions = TallySerializer()
    judgements = TallySerializer()
    win_rate = serializers.FloatField(
        allow_null=True, help_text="Of the questions decided for one of the two; null where none was."
    )
    low = serializers.FloatField(help_text="Lower end of the win rate's 95 % interval.")
    high = serializers.FloatField()
    is_significant = serializers.BooleanField(help_text="False: no significant difference.")


class ComparisonSerializer(serializers.Serializer[Comparison]):
    """A blind comparison with another model."""

    id = serializers.UUIDField(source="public_id")
    state = serializers.ChoiceField(choices=[(state.value, state.name) for state in ComparisonState])
    against = serializers.SerializerMethodField(help_text="Another model's name, or the base.")
    outcome = serializers.SerializerMethodField(help_text="Null until it is closed.")

    def get_against(self, comparison: Comparison) -> str:
        return model_card.against(comparison)

    @extend_schema_field(OutcomeSerializer(allow_null=True))
    def get_outcome(self, comparison: Comparison) -> dict[str, Any] | None:
        found = judging.outcome(comparison)
        return dict(OutcomeSerializer(found).data) if found else None


class ModelSerializer(ModelLineSerializer):
    """One model: what it came to, and its card."""

    base_licence = serializers.CharField()
    data_sha256 = serializers.CharField()
    figures = serializers.DictField(help_text="Loss, steps, tokens and seconds of its training.")
    evaluation = serializers.SerializerMethodField(
        help_text="On the records held out: `all`, then each category; empty where none were."
    )
    comparisons = serializers.SerializerMethodField()
    release_since = serializers.SerializerMethodField(help_text="What became of its release's records.")
    card = serializers.SerializerMethodField(help_text="The model card, in Markdown.")

    @extend_schema_field(OpenApiTypes.OBJECT)
    def get_evaluation(self, run: Run) -> dict[str, Any]:
        return model_card.evaluation(run)

    @extend_schema_field(ComparisonSerializer(many=True))
    def get_comparisons(self, run: Run) -> list[dict[str, Any]]:
        found = Comparison.objects.for_listing().filter(run=run)
        return [dict(ComparisonSerializer(comparison).data) for comparison in found]

    @extend_schema_field(SinceSerializer)
    def get_release_since(self, run: Run) -> dict[str, int]:
        return dict(SinceSerializer(tombstones.mark_of(run.release)).data)

    def get_card(self, run: Run) -> str:
        return model_card.render(run)
