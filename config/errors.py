"""What is answered when our own code fails: a page to people, problem details to programs."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views.defaults import server_error


def failed(request: HttpRequest) -> HttpResponse:
    """Django's handler of an unhandled exception; what went wrong stands in the log, never in the answer."""
    if not request.path.startswith("/api/"):
        return server_error(request)
    problem = {
        "type": "about:blank",
        "title": _("Error"),
        "status": 500,
        "detail": _("Something went wrong here. Nothing was changed; please try again."),
    }
    return JsonResponse(problem, status=500, content_type="application/problem+json")
