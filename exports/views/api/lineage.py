"""Lineage over the API: contributor ↔ record ↔ release ↔ run ↔ model from any of them, as JSON and as PROV-O."""

from django.http import Http404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.decorators import api_view, permission_classes, renderer_classes
from rest_framework.permissions import AllowAny
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from crowd.views.api.schema import answers
from exports.domain import provenance_graph
from exports.domain.lineage import Lineage
from exports.permissions import as_person
from exports.serializers.lineage import LineageQuery, LineageSerializer
from exports.services import lineage as lineages

JSON_LD = "application/ld+json"


class LinkedDataRenderer(JSONRenderer):
    """JSON-LD is JSON with a name of its own."""

    media_type = JSON_LD
    format = "jsonld"


@extend_schema(
    operation_id="read_lineage",
    summary="Where a record, release, run or contributor's work comes from, and where it went",
    parameters=[LineageQuery],
    responses=answers({200: LineageSerializer}, 400, 404),
)
@api_view(["GET", "HEAD"])
@permission_classes([AllowAny])
def lineage(request: Request) -> Response:
    """Of what is published, for everybody; of one's own records also which models learned from them; all for an admin."""
    return Response(LineageSerializer(_asked(request)).data)


@extend_schema(
    operation_id="read_lineage_as_prov",
    summary="The same in the words of W3C PROV-O",
    parameters=[LineageQuery],
    responses={(200, JSON_LD): OpenApiResponse(OpenApiTypes.OBJECT), **answers({}, 400, 404)},
)
@api_view(["GET", "HEAD"])
@permission_classes([AllowAny])
@renderer_classes([LinkedDataRenderer])
def provenance(request: Request) -> Response:
    """As JSON-LD that needs nothing else to be read."""
    site = reverse("api:lineage", request=request).removesuffix("lineage/")
    return Response(provenance_graph.document(_asked(request), site=site))


def _asked(request: Request) -> Lineage:
    query = LineageQuery(data=request.query_params.dict())
    query.is_valid(raise_exception=True)
    found = lineages.find(**query.validated_data, person=as_person(request.user))
    if found is None:
        raise Http404
    return found
