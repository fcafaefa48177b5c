"""Review over the API: claim the next submission, decide on it."""

from typing import Any
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response

from crowd.models import Claim
from crowd.permissions import own_claim, require_reviewer
from crowd.serializers.review import DecisionSerializer, HeldSerializer
from crowd.serializers.strict import NoFields
from crowd.serializers.submission import ReceiptSerializer
from crowd.services import review
from crowd.services.similar import look_alikes_for
from crowd.views.api.keys import KEY_PARAMETER, once
from crowd.views.api.schema import WITH_BODY, answers


@extend_schema(
    operation_id="claim",
    summary="Hold the next submission in the queue",
    request=NoFields,
    responses=answers(
        {200: HeldSerializer, 204: OpenApiResponse(description="The queue is empty.")}, *WITH_BODY, 403
    ),
)
@api_view(["POST"])
def claim(request: Request) -> Response:
    """The oldest that you may decide on: never your own, and without its author. What you hold already comes again."""
    require_reviewer(request.user)
    NoFields(data=request.data).is_valid(raise_exception=True)
    held = review.claim_next(request.user, now=timezone.now())
    if held is None:
        return Response(status=204)
    return Response(HeldSerializer(_shown(held)).data)


@extend_schema(
    operation_id="decide",
    summary="Approve, return or reject what you hold",
    parameters=[KEY_PARAMETER],
    request=DecisionSerializer,
    responses=answers({200: ReceiptSerializer}, *WITH_BODY, 403, 404, 409, 422),
)
@api_view(["POST"])
def decide(request: Request, claim_id: UUID) -> Response:
    """The decision is on the version that you saw; a newer one, or an expired claim, is answered with 409."""
    held = own_claim(request.user, claim_id)
    decision = DecisionSerializer(data=request.data)
    decision.is_valid(raise_exception=True)
    now = timezone.now()

    def answer() -> tuple[int, dict[str, Any]]:
        decided = review.decide(held, **decision.validated_data, now=now)
        return 200, ReceiptSerializer(decided).data

    return once(request, now=now, answer=answer)


def _shown(held: Claim) -> dict[str, Any]:
    version = held.version
    submission = {
        "submission": held.submission,
        "version": version,
        "similar": look_alikes_for(held.reviewer, version),
    }
    return {"claim": held, "submission": submission}
