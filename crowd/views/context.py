"""What every page may use: the version, and whether a worker was heard from."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone

from crowd.services import workers


def site(request: HttpRequest) -> dict[str, Any]:
    """Lazy where it costs a query: templates that do not ask do not pay."""
    return {
        "flock_version": settings.VERSION,
        "worker_is_heard": lambda: workers.is_heard(now=timezone.now()),
    }
