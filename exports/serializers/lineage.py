"""What one may ask of a lineage, and the answer."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from crowd.serializers.strict import StrictSerializer, TextField
from exports.domain.lineage import Lineage, ModelNode, ReleaseNode, RunNode, Use
from exports.domain.pseudonym import HEX_DIGITS
from exports.domain.release import MAX_VERSION_CHARS
from exports.domain.run_workflow import RunState
from exports.domain.tombstone import Kind

MAX_LINE = 2**31 - 1
SUBJECTS = ("record", "release", "run", "pseudonym")


class LineageQuery(StrictSerializer):
    """Exactly one of the first four."""

    record = serializers.UUIDField(required=False, help_text="A record's id.")
    release = TextField(required=False, max_length=MAX_VERSION_CHARS, help_text="A release's version.")
    run = serializers.UUIDField(required=False, help_text="A run's id, for admins.")
    pseudonym = TextField(
        required=False,
        max_length=HEX_DIGITS,
        help_text="A contributor, as one release's provenance names them.",
    )
    from_line = serializers.IntegerField(
        required=False,
        default=1,
        min_value=1,
        max_value=MAX_LINE,
        help_text="Of a release, a run or a contributor: the line of the data that the records begin with.",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if sum(subject in attrs for subject in SUBJECTS) != 1:
            message = _("Ask for exactly one: record, release, run or pseudonym.")
            raise serializers.ValidationError({"record": [message]})
        return attrs


class ContributorSerializer(serializers.Serializer[Any]):
    """Somebody who wrote records of a release, by the name that they have in it alone."""

    pseudonym = serializers.CharField()
    release = serializers.CharField()


class LineageRecordSerializer(serializers.Serializer[Use]):
    """One record as one release holds it."""

    id = serializers.UUIDField()
    version = serializers.IntegerField()
    sha256 = serializers.CharField(help_text="Of its line in the data.")
    release = serializers.CharField()
    line = serializers.IntegerField(help_text="In data/train.jsonl and provenance.jsonl, from 1.")
    contributor = serializers.CharField(
        allow_null=True, help_text="The pseudonym in this release; null for an imported record."
    )
    source = serializers.CharField(  # type: ignore[assignment]  # DRF takes declared fields off the class
        help_text="`contributed`, or the imported dataset's name."
    )
    became = serializers.ChoiceField(
        choices=[kind.value for kind in Kind],
        allow_null=True,
        help_text="What became of it since; null where it stands.",
    )


class ReleaseNodeSerializer(serializers.Serializer[ReleaseNode]):
    """A release, and the one that it follows."""

    version = serializers.CharField()
    parent = serializers.CharField(allow_null=True)  # type: ignore[assignment]  # the same
    licence = serializers.CharField()
    created_at = serializers.DateTimeField()
    records = serializers.IntegerField()


class RunNodeSerializer(serializers.Serializer[RunNode]):
    """A run, and the release that it learned from."""

    id = serializers.UUIDField()
    release = serializers.CharField()
    recipe = serializers.CharField()
    state = serializers.ChoiceField(choices=[(state.value, state.name) for state in RunState])
    started_at = serializers.DateTimeField(allow_null=True)
    finished_at = serializers.DateTimeField(allow_null=True)


class ModelNodeSerializer(serializers.Serializer[ModelNode]):
    """A model, and the run that made it."""

    run = serializers.UUIDField()
    name = serializers.CharField()


class LineageSerializer(serializers.Serializer[Lineage]):
    """Flat lists that name each other's rows."""

    contributors = serializers.SerializerMethodField()
    records = LineageRecordSerializer(many=True)
    releases = ReleaseNodeSerializer(many=True)
    runs = RunNodeSerializer(many=True)
    models = ModelNodeSerializer(many=True)
    next_line = serializers.IntegerField(
        allow_null=True, help_text="`from_line` of the next page of records; null on the last."
    )

    def get_contributors(self, lineage: Lineage) -> list[dict[str, str]]:
        return [{"pseudonym": pseudonym, "release": release} for pseudonym, release in lineage.contributors]
