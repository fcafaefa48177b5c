"""How the OpenAPI schema describes the API's answers, refusals included."""

from typing import Any

from drf_spectacular.extensions import OpenApiSerializerExtension
from drf_spectacular.utils import OpenApiResponse

from crowd.serializers.problem import ProblemSerializer
from crowd.views.api.problems import PROBLEM_JSON

REFUSALS = {
    400: "Fields are missing, wrong, of the wrong type or unknown; or the body is no JSON.",
    401: "No credentials, or bad ones.",
    403: "Not for your role, the licence grant is not accepted yet, or a session without its CSRF token.",
    404: "Not there, or not yours to see.",
    406: "Only JSON can be had.",
    409: "Stale, expired, not possible in this state, or an exact copy.",
    413: "The body is larger than 1 MiB.",
    415: "The body is not `application/json`.",
    422: "This Idempotency-Key was used for another request.",
    429: "Too often; wait a minute.",
}
EVERYWHERE = (401, 406)
WITH_BODY = (400, 403, 413, 415)


def answers(successes: dict[int, Any], *refusals: int) -> dict[Any, Any]:
    """The responses of an operation: what it gives, and the refusals that it has besides those that all have."""
    documented = {
        (status, PROBLEM_JSON): OpenApiResponse(ProblemSerializer, description=REFUSALS[status])
        for status in sorted({*EVERYWHERE, *refusals})
    }
    return {**successes, **documented}


class StrictSchema(OpenApiSerializerExtension):  # type: ignore[no-untyped-call]
    """What a strict serializer refuses, its schema refuses too: a key that nobody asked for."""

    target_class = "crowd.serializers.strict.StrictSerializer"
    match_subclasses = True

    def map_serializer(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        schema = auto_schema._map_serializer(self.target, direction, bypass_extensions=True)  # noqa: SLF001 -- the documented way
        return {**schema, "additionalProperties": False}
