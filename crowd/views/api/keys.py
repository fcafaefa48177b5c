"""The Idempotency-Key header: a request that is sent twice is done once."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from crowd.services import idempotency

HEADER = "Idempotency-Key"

KEY_PARAMETER = OpenApiParameter(
    HEADER,
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    description="Any text of your own. The same request with the same key is done once and answered as at first; "
    "another request with it is refused with 422.",
)


def once(request: Request, *, now: datetime, answer: Callable[[], tuple[int, dict[str, Any]]]) -> Response:
    """Answer a request, at most once per person and key where it has a key."""
    key = request.headers.get(HEADER)
    if key is None:
        status, body = answer()
        return Response(body, status=status)
    _require_good(key)
    asked = {"method": request.method, "path": request.path, "body": request.data}
    status, body = idempotency.once(request.user, key, request=asked, now=now, answer=answer)
    return Response(body, status=status)


def _require_good(key: str) -> None:
    longest = idempotency.MAX_KEY_CHARS
    if not 0 < len(key) <= longest or not key.isascii() or not key.isprintable():
        message = _("A key has 1 to %(longest)s printable ASCII characters.") % {"longest": longest}
        raise ValidationError({HEADER: [message]})
