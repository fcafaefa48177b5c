"""Models over the API: the list, and one with its card."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response

from crowd.permissions import require_admin
from crowd.views.api.pagination import NewestFirst, PageQuery
from crowd.views.api.schema import answers
from exports.domain.run_workflow import RunState
from exports.models import Run
from exports.permissions import model_for
from exports.serializers.model import ModelLineSerializer, ModelSerializer
from exports.views.requests import caller


class ModelPageSerializer(serializers.Serializer[Any]):
    """A page of the list."""

    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = ModelLineSerializer(many=True)


@extend_schema(
    operation_id="list_models",
    summary="The models that runs left",
    parameters=[PageQuery],
    responses=answers({200: ModelPageSerializer}, 400, 403),
)
@api_view(["GET", "HEAD"])
def models(request: Request) -> Response:
    """The newest run's first."""
    require_admin(caller(request))
    pages = NewestFirst()
    found = pages.paginate_queryset(Run.objects.for_listing().filter(state=RunState.SUCCEEDED), request)
    return pages.get_paginated_response([ModelLineSerializer(run).data for run in found])


@extend_schema(
    operation_id="read_model",
    summary="A model with its card, its figures and how people found it",
    responses=answers({200: ModelSerializer}, 403, 404),
)
@api_view(["GET", "HEAD"])
def model(request: Request, public_id: UUID) -> Response:
    """By its run's id. A run without a model is answered with 404."""
    return Response(ModelSerializer(model_for(caller(request), public_id)).data)
