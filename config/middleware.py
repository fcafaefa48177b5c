"""Middleware of the site's own: what Django and its packages do not have."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

Handler = Callable[[HttpRequest], HttpResponseBase]


def limit_body(get_response: Handler) -> Handler:
    """Answer 413 before reading a body above the limit, so that a huge request costs nothing."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        if _declared_bytes(request) > settings.MAX_BODY_BYTES:
            return _too_large(request)
        return get_response(request)

    return middleware


def _declared_bytes(request: HttpRequest) -> int:
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return 0


def _too_large(request: HttpRequest) -> HttpResponse:
    detail = _("The request is larger than the %(kib)d KiB this site accepts.") % {
        "kib": settings.MAX_BODY_BYTES // 1024
    }
    if request.path.startswith("/api/"):
        problem = {"type": "about:blank", "title": _("Body too large"), "status": 413, "detail": detail}
        return JsonResponse(problem, status=413, content_type="application/problem+json")
    return render(request, "413.html", {"detail": detail}, status=413)
