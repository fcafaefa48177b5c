"""A person's own data over the API: take it along, see where it was used, withdraw all of it, leave."""

from typing import Any

from django.http import StreamingHttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.decorators import api_view
from rest_framework.exceptions import PermissionDenied, Throttled, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from crowd import queries
from crowd.domain.rights import Records
from crowd.forms.person import LeaveForm
from crowd.serializers.rights import (
    LeaveSerializer,
    OwnRecordPageSerializer,
    OwnRecordSerializer,
    WithdrawnSerializer,
)
from crowd.serializers.strict import NoFields
from crowd.services import rights, rights_parts
from crowd.views import proof
from crowd.views.api.keys import KEY_PARAMETER, once
from crowd.views.api.pagination import NewestFirst, PageQuery
from crowd.views.api.schema import WITH_BODY, answers
from crowd.views.rights import zip_of


@extend_schema(
    operation_id="download_my_data",
    summary="All that is stored about you, as a ZIP",
    responses={(200, "application/zip"): OpenApiResponse(OpenApiTypes.BINARY), **answers({})},
)
@api_view(["GET", "HEAD"])
def data(request: Request) -> StreamingHttpResponse:
    """Lists in JSON and a README. Nobody else's name is in it."""
    return zip_of(request.user)


@extend_schema(
    operation_id="list_my_records",
    summary="Your own submissions, and where each was used",
    parameters=[PageQuery],
    responses=answers({200: OwnRecordPageSerializer}, 400),
)
@api_view(["GET", "HEAD"])
def records(request: Request) -> Response:
    """The releases that have it, published or not, and the models that were trained on them; the newest first."""
    pages = NewestFirst()
    own = pages.paginate_queryset(queries.submissions_of(request.user), request)
    uses = rights_parts.uses_of([submission.pk for submission in own])
    return pages.get_paginated_response(OwnRecordSerializer(own, many=True, context={"uses": uses}).data)


@extend_schema(
    operation_id="withdraw_all",
    summary="Take everything back that you have sent",
    parameters=[KEY_PARAMETER],
    request=NoFields,
    responses=answers({200: WithdrawnSerializer}, *WITH_BODY, 409, 422),
)
@api_view(["POST"])
def withdraw(request: Request) -> Response:
    """All of it or nothing. It leaves review, search and every later release; a second time does nothing."""
    NoFields(data=request.data).is_valid(raise_exception=True)
    now = timezone.now()

    def take_back() -> tuple[int, dict[str, Any]]:
        return 200, {"withdrawn": rights.withdraw_all(request.user, now=now)}

    return once(request, now=now, answer=take_back)


@extend_schema(
    operation_id="leave",
    summary="Erase who you are, and leave",
    request=LeaveSerializer,
    responses=answers({200: WithdrawnSerializer}, *WITH_BODY, 409, 429),
)
@api_view(["POST"])
def leave(request: Request) -> Response:
    """At once and for good: afterwards every token of yours is answered with 401, so there is nothing to repeat.

    Who signs in through a directory has no password to prove it with, and leaves on the page.
    """
    sent = LeaveSerializer(data=request.data)
    sent.is_valid(raise_exception=True)
    if not request.user.has_usable_password():
        raise PermissionDenied(_("Your account has no password. Please leave on the page, under My data."))
    if not proof.may_try(request, request.user):
        raise Throttled
    form = LeaveForm(sent.validated_data, person=request.user)
    if not form.is_valid():
        raise ValidationError(
            {name: [str(error) for error in errors] for name, errors in form.errors.items()}
        )
    withdrawn = rights.leave(request.user, records=Records(form.cleaned_data["records"]), now=timezone.now())
    return Response({"withdrawn": withdrawn})
