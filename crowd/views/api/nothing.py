"""An address below /api/v1/ that is none: answered like everything else there, with problem details."""

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import api_view
from rest_framework.request import Request


@extend_schema(exclude=True)
@api_view(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"])
def nothing_here(request: Request) -> None:
    """Also for an id that is no UUID: whoever asks learns no more than for one that does not exist."""
    raise Http404
