"""The licence grant over the API: read the wording, accept it."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response

from crowd.models import GrantWording, Person
from crowd.serializers.contest import AcceptSerializer, GrantSerializer
from crowd.services import grants
from crowd.views.api.schema import WITH_BODY, answers


@extend_schema(
    methods=["GET"],
    operation_id="read_grant",
    summary="The licence grant and the attestation, and whether you accepted them",
    responses=answers({200: GrantSerializer}),
)
@extend_schema(
    methods=["POST"],
    operation_id="accept_grant",
    summary="Accept the licence grant",
    request=AcceptSerializer,
    responses=answers({200: GrantSerializer}, *WITH_BODY, 403, 409),
)
@api_view(["GET", "HEAD", "POST"])
def grant(request: Request) -> Response:
    """Needed once, and again when the wording changes, before anything can be submitted."""
    if request.method == "POST":
        accepted = AcceptSerializer(data=request.data)
        accepted.is_valid(raise_exception=True)
        grants.accept(request.user, version=accepted.validated_data["version"], now=timezone.now())
    return Response(_as_asked(request.user))


def _as_asked(person: Person) -> dict[str, Any]:
    wording = GrantWording.objects.current()
    accepted = grants.accepted(person) is not None
    return {"version": wording.version, "text": wording.text, "accepted": accepted}
