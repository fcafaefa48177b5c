"""What every page may use: the version, whether a worker was heard from, and who the demo's people are."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone

from crowd.services import demo, workers


def site(request: HttpRequest) -> dict[str, Any]:
    """Lazy where it costs a query: templates that do not ask do not pay."""
    password = "" if settings.PRODUCTION else demo.PASSWORD
    return {
        "flock_version": settings.VERSION,
        "demo_people": demo.people_here if password else [],
        "demo_password": password,
        "worker_is_heard": lambda: workers.is_heard(now=timezone.now()),
    }
