"""The pictures of a release's figures, as a page shows them."""

from csp.decorators import csp
from django.http import FileResponse, Http404, HttpRequest
from django.views.decorators.http import require_safe

from exports.domain.quality import FOLDER
from exports.permissions import release_for
from exports.views.releases import file_of


# django-csp types the views it takes as those without arguments.
@csp({"default-src": ["'none'"], "style-src": ["'unsafe-inline'"], "sandbox": True})  # type: ignore[arg-type]
@require_safe
def release_picture(request: HttpRequest, version: str, name: str) -> FileResponse:
    """One picture, shown and not downloaded: the site drew it, and opened by itself it can load and run nothing."""
    if not name.isidentifier():
        raise Http404
    response = file_of(release_for(request.user, version), f"{FOLDER}/{name}.svg")
    response["Content-Type"] = "image/svg+xml"
    response["Content-Disposition"] = "inline"
    return response
