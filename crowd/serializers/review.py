"""Review over the API: what a reviewer holds and what they decide. Review is blind: nothing here names an author."""

from typing import Any

from rest_framework import serializers

from crowd.domain.review import MAX_REASON_CHARS, Decision
from crowd.serializers.strict import (
    OneOfField,
    PairTextField,
    StrictSerializer,
    WholeNumberField,
    WholeTextField,
)
from crowd.serializers.submission import FindingSerializer, PassageSerializer, SimilarSerializer


class EditsSerializer(StrictSerializer):
    """The reviewer's own wording of a text."""

    instruction = PairTextField(required=False)
    response = PairTextField(required=False)


class DecisionSerializer(StrictSerializer):
    """A decision on the version that was seen. All but an approval need a reason."""

    decision = OneOfField(choices=[decision.value for decision in Decision])
    version = WholeNumberField()
    reason = WholeTextField(required=False, allow_blank=True, default="", max_length=MAX_REASON_CHARS)
    edits = EditsSerializer(required=False)


class ClaimSerializer(serializers.Serializer[Any]):
    """A reviewer's hold."""

    id = serializers.UUIDField(source="public_id")
    expires_at = serializers.DateTimeField()


class HeldSubmissionSerializer(serializers.Serializer[Any]):
    """What the reviewer reads."""

    id = serializers.UUIDField(source="submission.public_id")
    version = serializers.IntegerField(source="version.number")
    category = serializers.CharField(source="version.category.key")
    instruction = serializers.CharField(source="version.instruction")
    context = serializers.CharField(source="version.context")
    response = serializers.CharField(source="version.response")
    passage = PassageSerializer(source="version.passage", allow_null=True)
    findings = FindingSerializer(source="version.findings.all", many=True)
    similar = SimilarSerializer(many=True)


class HeldSerializer(serializers.Serializer[Any]):
    """A claim with its submission."""

    claim = ClaimSerializer()
    submission = HeldSubmissionSerializer()
