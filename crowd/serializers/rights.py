"""A person's own data over the API: where their records were used, and what they ask when they leave."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from crowd.domain.rights import Records
from crowd.models import Submission
from crowd.serializers.strict import OneOfField, StrictSerializer, TextField
from crowd.serializers.submission import STATES

RECORDS = [(choice.value, choice.name) for choice in Records]


class OwnUseSerializer(serializers.Serializer[Any]):
    """A release that has a record, and the models that learned from it."""

    release = serializers.CharField()
    version = serializers.IntegerField(help_text="Which version of the record.")
    released_at = serializers.DateTimeField(allow_null=True)
    published_at = serializers.DateTimeField(allow_null=True)
    models = serializers.ListField(child=serializers.CharField())


class OwnRecordSerializer(serializers.Serializer[Any]):
    """A submission of one's own with where it was used. The context brings the uses by the submissions' keys."""

    id = serializers.UUIDField(source="public_id")
    state = serializers.ChoiceField(choices=STATES)
    created_at = serializers.DateTimeField()
    used = serializers.SerializerMethodField()

    @extend_schema_field(OwnUseSerializer(many=True))
    def get_used(self, submission: Submission) -> Any:
        return OwnUseSerializer(self.context["uses"].get(submission.pk, ()), many=True).data


class OwnRecordPageSerializer(serializers.Serializer[Any]):
    """A page of one's own records, the newest first."""

    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = OwnRecordSerializer(many=True)


class WithdrawnSerializer(serializers.Serializer[Any]):
    """How many submissions were taken back."""

    withdrawn = serializers.IntegerField()


class LeaveSerializer(StrictSerializer):
    """What becomes of the records, and the proof that it is meant."""

    records = OneOfField(
        choices=RECORDS, help_text="`keep`: they may stay, without the name. `withdraw`: all of them go."
    )
    confirm = TextField(max_length=254, help_text="Your own e-mail address.")
    password = TextField(max_length=4_096)
