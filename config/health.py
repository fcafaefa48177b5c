"""`/healthz`: this process answers. `/readyz`: database, broker and a worker that was heard from lately."""

from django.db import DatabaseError
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from crowd.services import broker, workers


@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """Alive: nothing else is asked."""
    return JsonResponse({"alive": True})


@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """Ready, or 503 with what is missing."""
    worker = _worker_is_heard()
    parts = {"database": worker is not None, "broker": broker.answers(), "worker": bool(worker)}
    ready = all(parts.values())
    return JsonResponse({"ready": ready, **parts}, status=200 if ready else 503)


def _worker_is_heard() -> bool | None:
    """None where the database does not answer, or has no tables yet."""
    try:
        return workers.is_heard(now=timezone.now())
    except DatabaseError:
        return None
