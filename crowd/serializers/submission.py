"""Submissions as the API takes and shows them. Whoever reads one, its author is never among the fields."""

from typing import Any

from rest_framework import serializers

from crowd.domain.text import LIMITS
from crowd.domain.workflow import State
from crowd.models import Passage, Submission
from crowd.models.passage import MAX_TITLE_CHARS
from crowd.queries import points_of, reason_of
from crowd.serializers.strict import (
    CategoryField,
    PairTextField,
    StrictSerializer,
    TextField,
    WholeNumberField,
    WholeTextField,
)
from crowd.services.passages import MAX_URL_CHARS
from crowd.services.submission import Content

STATES = [(state.value, state.name) for state in State]


class FindingSerializer(serializers.Serializer[Any]):
    """A rule and what it found: code points [start, end) of the field."""

    rule = serializers.CharField()
    severity = serializers.ChoiceField(choices=["error", "warning", "info"])
    field = serializers.CharField()
    start = serializers.IntegerField(allow_null=True)
    end = serializers.IntegerField(allow_null=True)
    message = serializers.CharField()


class SentPassageSerializer(StrictSerializer):
    """Where the context stands."""

    url = TextField(max_length=MAX_URL_CHARS, help_text="The address of the wiki page.")
    title = TextField(
        required=False,
        allow_blank=True,
        max_length=MAX_TITLE_CHARS,
        help_text="Taken and not kept: the page's title is what its address or the wiki says.",
    )
    revision_id = WholeNumberField(required=False)


class SentSerializer(StrictSerializer):
    """A pair to submit. A category with a passage needs `context` and `passage`; the others take neither."""

    category = CategoryField()
    instruction = PairTextField()
    response = PairTextField()
    context = PairTextField(required=False)
    passage = SentPassageSerializer(required=False)

    def content(self) -> Content:
        """What the services take, from validated data."""
        data = self.validated_data
        page = data.get("passage", {})
        return Content(
            category=data["category"],
            instruction=data["instruction"],
            response=data["response"],
            context=data.get("context", ""),
            passage_url=page.get("url", ""),
            revision_id=page.get("revision_id"),
        )


class ReceiptSerializer(serializers.Serializer[Any]):
    """Where a submission stands after what was just done."""

    id = serializers.UUIDField(source="public_id")
    state = serializers.ChoiceField(choices=STATES)
    version = serializers.IntegerField(source="current_version.number")


class SentReceiptSerializer(serializers.Serializer[Any]):
    """The answer to a submission, with what the checks at the door had to say."""

    id = serializers.UUIDField(source="submission.public_id")
    state = serializers.ChoiceField(choices=STATES, source="submission.state")
    version = serializers.IntegerField(source="version.number")
    findings = FindingSerializer(many=True)


class PassageSerializer(serializers.Serializer[Any]):
    """A passage's source; its text is the submission's context."""

    url = serializers.CharField()
    title = serializers.CharField()
    revision_id = serializers.SerializerMethodField()
    licence = serializers.CharField()
    verified_at = serializers.DateTimeField(allow_null=True)

    def get_revision_id(self, passage: Passage) -> int | None:
        return passage.revision_id or None


class SubmissionLineSerializer(serializers.Serializer[Any]):
    """A submission in a list."""

    id = serializers.UUIDField(source="public_id")
    state = serializers.ChoiceField(choices=STATES)
    version = serializers.IntegerField(source="current_version.number")
    category = serializers.CharField(source="current_version.category.key")
    instruction = serializers.CharField(source="current_version.instruction")
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class SubmissionPageSerializer(serializers.Serializer[Any]):
    """A page of submissions, the newest first."""

    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = SubmissionLineSerializer(many=True)


class SubmissionSerializer(SubmissionLineSerializer):
    """A submission with its current version."""

    context = serializers.CharField(source="current_version.context")
    response = serializers.CharField(source="current_version.response")
    passage = PassageSerializer(source="current_version.passage", allow_null=True)
    licence = serializers.CharField(source="current_version.licence")
    approved_version = serializers.IntegerField(
        source="approved_version.number", allow_null=True, default=None
    )
    findings = FindingSerializer(source="current_version.findings.all", many=True)
    reason = serializers.SerializerMethodField(help_text="Why it was returned or rejected, where it is.")
    points = serializers.SerializerMethodField(help_text="What it has earned.")

    def get_reason(self, submission: Submission) -> str | None:
        return reason_of(submission)

    def get_points(self, submission: Submission) -> int:
        return points_of(submission)


class SimilarQuery(StrictSerializer):
    """A text that is being typed."""

    category = CategoryField(
        help_text="The one it is typed for. It changes no answer: a text is compared with those of every category."
    )
    instruction = WholeTextField(allow_blank=True, max_length=LIMITS["instruction"])
    response = WholeTextField(required=False, allow_blank=True, default="", max_length=LIMITS["response"])


class SimilarSerializer(serializers.Serializer[Any]):
    """Something that resembles a text. The instruction is there only where the person may read it."""

    kind = serializers.ChoiceField(choices=["exact", "near", "similar"])
    score = serializers.FloatField()
    why = serializers.CharField()
    instruction = serializers.CharField(required=False)

    def to_representation(self, instance: Any) -> dict[str, Any]:
        return {
            name: value for name, value in super().to_representation(instance).items() if value is not None
        }
