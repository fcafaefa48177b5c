"""Fine-tune runs, as the API takes and shows them."""

from typing import Any, cast

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from crowd.serializers.strict import StrictSerializer, TextField
from exports.domain.release import MAX_VERSION_CHARS
from exports.domain.run_workflow import RunState
from exports.models import Run
from exports.serializers.release import SinceSerializer
from exports.services.run import check
from training.config import ConfigError

MAX_MESSAGE_CHARS = 300
MAX_BASE_CHARS = 200
STATES = [(state.value, state.name) for state in RunState]


@extend_schema_field(OpenApiTypes.OBJECT)
class ObjectField(serializers.Field[dict[str, Any], dict[str, Any], dict[str, Any], Any]):
    """A JSON object, as it is."""

    default_error_messages = {"invalid": "This must be an object."}

    def to_internal_value(self, data: object) -> dict[str, Any]:
        if not isinstance(data, dict):
            self.fail("invalid")
        return data

    def to_representation(self, value: dict[str, Any]) -> dict[str, Any]:
        return value


class NewRunSerializer(StrictSerializer):
    """What a run is asked to do."""

    release = TextField(max_length=MAX_VERSION_CHARS, help_text="A ready release's version.")
    recipe = TextField(max_length=40)
    overrides = ObjectField(required=False, help_text="Settings of the recipe to change, such as max_steps.")

    base = TextField(
        required=False,
        max_length=MAX_BASE_CHARS,
        help_text="A base that the site keeps, as name@revision; the recipe's own where it is left out.",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        try:
            check(attrs["recipe"], attrs.setdefault("overrides", {}), attrs.setdefault("base", ""))
        except ConfigError as error:
            field = error.key if error.key in {"recipe", "base"} else "overrides"
            raise serializers.ValidationError({field: [_printable(str(error))]}) from error
        return attrs


def _printable(message: str) -> str:
    """A message that repeats what was sent, as an answer may hold it: short, and without half a surrogate pair."""
    return message[:MAX_MESSAGE_CHARS].encode("utf-8", "backslashreplace").decode()


class RunReceiptSerializer(serializers.Serializer[Run]):
    """Which run it is, and where it stands."""

    id = serializers.UUIDField(source="public_id")
    state = serializers.ChoiceField(choices=STATES)


class RunSerializer(RunReceiptSerializer):
    """One run: what it was asked to do, how far it is, and what came of it."""

    release = serializers.CharField(source="release.version")
    recipe = serializers.CharField()
    overrides = serializers.DictField()
    seed = serializers.IntegerField()
    data_sha256 = serializers.CharField()
    base = serializers.CharField(
        help_text="The pretrained model, as name@revision; empty for random weights."
    )
    base_licence = serializers.CharField(help_text="The base's licence, an SPDX id.")
    code_version = serializers.CharField()
    waits_for = serializers.SerializerMethodField(
        help_text="Why it does not train right now, in a sentence; else empty."
    )
    step = serializers.SerializerMethodField()
    steps = serializers.SerializerMethodField(help_text="Of how many; null until the plan is made.")
    loss = serializers.SerializerMethodField(help_text="Of the last step.")
    learning_rate = serializers.SerializerMethodField(help_text="Of the last step.")
    tokens_per_second = serializers.SerializerMethodField()
    eta_seconds = serializers.SerializerMethodField(help_text="How long it will still take.")
    message = serializers.CharField(help_text="Why it failed.")
    stop_requested_at = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()
    started_at = serializers.DateTimeField(allow_null=True)
    finished_at = serializers.DateTimeField(allow_null=True)

    release_since = serializers.SerializerMethodField(help_text="What became of its release's records.")

    @extend_schema_field(SinceSerializer)
    def get_release_since(self, run: Run) -> dict[str, int]:
        return dict(SinceSerializer(self.context["since"]).data)

    def get_step(self, run: Run) -> int | None:
        return self._status.get("step")

    def get_steps(self, run: Run) -> int | None:
        return self._status.get("steps")

    def get_loss(self, run: Run) -> float | None:
        return self._status.get("loss")

    def get_learning_rate(self, _run: Run) -> float | None:
        return cast("float | None", self.context["rate"])

    def get_tokens_per_second(self, _run: Run) -> int | None:
        return self._status.get("tokens_per_second")

    def get_eta_seconds(self, _run: Run) -> int | None:
        return self._status.get("eta_seconds")

    def get_waits_for(self, _run: Run) -> str:
        standing = self.context["standing"]
        return standing.text if standing else ""

    @property
    def _status(self) -> dict[str, Any]:
        """The trainer's own words, as they stand in `status.json`."""
        return cast("dict[str, Any]", self.context["status"])
