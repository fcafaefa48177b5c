"""Submissions over the API: send, list, read, take back; and look for what a text resembles."""

from typing import Any
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response

from crowd.permissions import own_submission, submission_for, submissions_for
from crowd.serializers.strict import NoFields
from crowd.serializers.submission import (
    ReceiptSerializer,
    SentReceiptSerializer,
    SentSerializer,
    SimilarQuery,
    SimilarSerializer,
    SubmissionLineSerializer,
    SubmissionPageSerializer,
    SubmissionSerializer,
)
from crowd.services import similar as similars
from crowd.services import submission as services
from crowd.views.api.keys import KEY_PARAMETER, once
from crowd.views.api.pagination import NewestFirst, PageQuery
from crowd.views.api.schema import WITH_BODY, answers


@extend_schema(
    methods=["GET"],
    operation_id="list_submissions",
    summary="Your own submissions; for a reviewer also those in review",
    parameters=[PageQuery],
    responses=answers({200: SubmissionPageSerializer}, 400),
)
@extend_schema(
    methods=["POST"],
    operation_id="submit",
    summary="Submit a pair",
    parameters=[KEY_PARAMETER],
    request=SentSerializer,
    responses=answers({201: SentReceiptSerializer}, *WITH_BODY, 403, 409, 422),
)
@api_view(["GET", "HEAD", "POST"])
def submissions(request: Request) -> Response:
    """What you may read, the newest first; or a new pair, which is then checked and reviewed."""
    return _submit(request) if request.method == "POST" else _list(request)


def _list(request: Request) -> Response:
    pages = NewestFirst()
    lines = pages.paginate_queryset(submissions_for(request.user), request)
    return pages.get_paginated_response(SubmissionLineSerializer(lines, many=True).data)


def _submit(request: Request) -> Response:
    sent = SentSerializer(data=request.data)
    sent.is_valid(raise_exception=True)
    now = timezone.now()

    def submit() -> tuple[int, dict[str, Any]]:
        return 201, SentReceiptSerializer(services.submit(request.user, sent.content(), now=now)).data

    return once(request, now=now, answer=submit)


@extend_schema(
    operation_id="read_submission",
    summary="A submission with its current version",
    responses=answers({200: SubmissionSerializer}, 404),
)
@api_view(["GET", "HEAD"])
def submission(request: Request, public_id: UUID) -> Response:
    """One of your own; a reviewer reads also what is in review."""
    return Response(SubmissionSerializer(submission_for(request.user, public_id)).data)


@extend_schema(
    operation_id="withdraw",
    summary="Take a submission of your own back",
    parameters=[KEY_PARAMETER],
    request=NoFields,
    responses=answers({200: ReceiptSerializer}, *WITH_BODY, 404, 409, 422),
)
@api_view(["POST"])
def withdraw(request: Request, public_id: UUID) -> Response:
    """It leaves review, search and every later release."""
    own = own_submission(request.user, public_id)
    NoFields(data=request.data).is_valid(raise_exception=True)
    now = timezone.now()

    def take_back() -> tuple[int, dict[str, Any]]:
        services.withdraw(own, person=request.user, now=now)
        return 200, ReceiptSerializer(own).data

    return once(request, now=now, answer=take_back)


@extend_schema(
    operation_id="find_similar",
    summary="What a text that you are typing resembles",
    request=SimilarQuery,
    responses=answers({200: SimilarSerializer(many=True)}, *WITH_BODY),
)
@api_view(["POST"])
def similar(request: Request) -> Response:
    """Nothing is stored. The instruction is shown of approved texts and of your own."""
    typed = SimilarQuery(data=request.data)
    typed.is_valid(raise_exception=True)
    instruction, response = typed.validated_data["instruction"], typed.validated_data["response"]
    found = similars.similar_to(instruction, response=response, person=request.user)
    return Response(SimilarSerializer(found, many=True).data)
