"""Problem details (RFC 9457) as the API's schema describes them."""

from typing import Any

from rest_framework import serializers

from crowd.serializers.submission import FindingSerializer


class ProblemSerializer(serializers.Serializer[Any]):
    """Why a request was refused. Members that do not apply are absent."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField(help_text="One sentence for the person who sent the request.")
    errors = serializers.DictField(required=False, help_text="400: what is wrong, by field.")
    findings = FindingSerializer(
        many=True, required=False, help_text="400: the checks that refused the texts."
    )
    grant = serializers.CharField(required=False, help_text="403: the version of the grant to accept first.")
    id = serializers.UUIDField(
        required=False, help_text="409: the copy that is here already, where it may be named."
    )
    state = serializers.CharField(required=False, help_text="409: the state in which this is not possible.")
