"""Fine-tune runs over the API: ask for one, look at it, cancel it, resume it."""

from typing import Any
from uuid import UUID

from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response

from crowd.permissions import require_admin
from crowd.serializers.strict import NoFields
from crowd.views.api.keys import KEY_PARAMETER, once
from crowd.views.api.schema import WITH_BODY, answers
from exports.models import Release, Run
from exports.permissions import run_for
from exports.serializers.run import NewRunSerializer, RunReceiptSerializer, RunSerializer
from exports.services import run as runs
from exports.services import run_queue, tombstones
from exports.services.run_files import RunFolder
from exports.views.requests import caller


@extend_schema(
    operation_id="start_run",
    summary="Fine-tune a model on a release",
    parameters=[KEY_PARAMETER],
    request=NewRunSerializer,
    responses=answers({202: RunReceiptSerializer}, *WITH_BODY, 403, 404, 409, 422),
)
@api_view(["POST"])
def start(request: Request) -> Response:
    """It is queued for a training worker. A release that is not ready is answered with 409, an unknown one with 404."""
    require_admin(caller(request))
    asked = NewRunSerializer(data=request.data)
    asked.is_valid(raise_exception=True)
    now = timezone.now()

    def answer() -> tuple[int, dict[str, Any]]:
        chosen = asked.validated_data
        release = Release.objects.filter(version=chosen["release"]).first()
        if release is None:
            raise Http404
        asked_for = {key: chosen[key] for key in ("recipe", "overrides", "base")}
        run = runs.start(release, **asked_for, person=caller(request), now=now)
        return 202, dict(RunReceiptSerializer(run).data)

    return once(request, now=now, answer=answer)


@extend_schema(
    operation_id="run",
    summary="Where a run stands",
    responses=answers({200: RunSerializer}, 403, 404),
)
@api_view(["GET", "HEAD"])
def run(request: Request, public_id: UUID) -> Response:
    """Its state, how far it is, and what came of it."""
    return Response(_shown(run_for(caller(request), public_id)))


@extend_schema(
    operation_id="cancel_run",
    summary="Cancel a run",
    request=NoFields,
    responses=answers({200: RunSerializer}, *WITH_BODY, 403, 404, 409),
)
@api_view(["POST"])
def cancel(request: Request, public_id: UUID) -> Response:
    """At once while it waits; a running one stops within seconds. One that is over is answered with 409."""
    found = run_for(caller(request), public_id)
    NoFields(data=request.data).is_valid(raise_exception=True)
    runs.cancel(found, person=caller(request), now=timezone.now())
    return Response(_shown(found))


@extend_schema(
    operation_id="resume_run",
    summary="Resume a run",
    request=NoFields,
    responses=answers({202: RunSerializer}, *WITH_BODY, 403, 404, 409),
)
@api_view(["POST"])
def resume(request: Request, public_id: UUID) -> Response:
    """One that failed or was cancelled is queued again, and goes on from its last checkpoint. Any other is answered with 409."""
    found = run_for(caller(request), public_id)
    NoFields(data=request.data).is_valid(raise_exception=True)
    runs.resume(found, person=caller(request), now=timezone.now())
    return Response(_shown(found), status=202)


def _shown(found: Run) -> dict[str, Any]:
    folder = RunFolder(found)
    context = {
        "status": folder.status(),
        "rate": folder.last("step").get("learning_rate"),
        "standing": run_queue.standing(found, now=timezone.now()),
        "since": tombstones.mark_of(found.release),
    }
    return dict(RunSerializer(found, context=context).data)
