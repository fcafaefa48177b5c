"""Releases over the API: the list, one with its files, and each file. Published ones need no sign-in."""

from typing import Any

from django.http import FileResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.decorators import api_view, permission_classes
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from crowd.views.api.pagination import NewestFirst, PageQuery
from crowd.views.api.schema import answers
from exports import queries
from exports.domain.manifest import Manifest
from exports.domain.release import State
from exports.models import Release
from exports.permissions import as_person, release_for
from exports.serializers.release import ReleaseLineSerializer, ReleaseSerializer
from exports.services import release_folder, tombstones
from exports.views.releases import file_of


class ReleasePageSerializer(serializers.Serializer[Any]):
    """A page of the list."""

    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = ReleaseLineSerializer(many=True)


class NewestRelease(NewestFirst):
    """A release goes by its version."""

    name = "version"


@extend_schema(
    operation_id="list_releases",
    summary="The published releases; for an admin all of them",
    parameters=[PageQuery],
    responses=answers({200: ReleasePageSerializer}, 400),
)
@api_view(["GET", "HEAD"])
@permission_classes([AllowAny])
def releases(request: Request) -> Response:
    """The newest first."""
    pages = NewestRelease()
    lines = pages.paginate_queryset(queries.releases_for(as_person(request.user)), request)
    shown = [ReleaseLineSerializer(line).data for line in lines]
    return pages.get_paginated_response(shown)


@extend_schema(
    operation_id="read_release",
    summary="A release with its files and their hashes",
    responses=answers({200: ReleaseSerializer}, 404),
)
@api_view(["GET", "HEAD"])
@permission_classes([AllowAny])
def release(request: Request, version: str) -> Response:
    """A published one is everybody's, any other the admins'."""
    found = release_for(request.user, version)
    context = {
        "request": request,
        "manifest": _manifest(found),
        "since": tombstones.mark_of(found),
        "newer": queries.newer_than(found, as_person(request.user)),
    }
    return Response(ReleaseSerializer(found, context=context).data)


@extend_schema(
    operation_id="read_release_file",
    summary="A file of a release",
    parameters=[
        OpenApiParameter("path", str, OpenApiParameter.PATH, description="As the manifest names it.")
    ],
    responses={(200, "application/octet-stream"): OpenApiResponse(OpenApiTypes.BINARY), **answers({}, 404)},
)
@api_view(["GET", "HEAD"])
@permission_classes([AllowAny])
def release_file(request: Request, version: str, path: str) -> FileResponse:
    """Byte for byte. Only what the manifest lists, and the manifest itself."""
    return file_of(release_for(request.user, version), path)


def _manifest(found: Release) -> Manifest | None:
    if found.state != State.READY:
        return None
    try:
        return release_folder.manifest_of(found)
    except release_folder.BrokenRelease:
        return None
