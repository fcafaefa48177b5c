"""An admin pushes a release to the hub: first a look at what would be sent, then the push. Both are jobs."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from crowd.permissions import require_admin
from crowd.services import workers
from crowd.services.errors import Conflict
from exports.domain.release import IllegalMove
from exports.forms.push import PushForm
from exports.models import Release
from exports.permissions import release_for
from exports.services import pushes
from exports.views.requests import PageRequest


@require_http_methods(["GET", "POST"])
@login_required
def release_push(request: PageRequest, version: str) -> HttpResponse:
    """How the last push stands; or, posted, a look at what one would do."""
    require_admin(request.user)
    release = release_for(request.user, version)
    if request.method == "POST":
        return _look(request, release)
    if not request.htmx:
        return redirect(_place(release))
    return render(request, "exports/release/_push.html", {"release": release, "push": shown(release)})


@require_POST
@login_required
def release_send(request: PageRequest, version: str, public_id: UUID) -> HttpResponse:
    """Send it to where somebody has looked."""
    require_admin(request.user)
    looked = release_for(request.user, version).pushes.filter(public_id=public_id).first()
    if looked is None:
        raise Http404
    try:
        pushes.send(looked, person=request.user, now=timezone.now())
    except Conflict as reason:
        messages.warning(request, str(reason))
    return redirect(_place(release_for(request.user, version)))


def shown(release: Release) -> dict[str, Any]:
    """What the page shows of a release's pushes."""
    last = pushes.newest(release)
    waits = last is not None and last.is_waiting
    return {
        "last": last,
        "job": pushes.job_of(last) if last and waits else None,
        "worker_is_missing": waits and not workers.is_heard(now=timezone.now()),
        "places": pushes.places(release),
        "form": PushForm(initial={"repo_id": last.repo_id if last else ""}),
        "hub": settings.HF_ENDPOINT,
    }


def _look(request: PageRequest, release: Release) -> HttpResponse:
    form = PushForm(request.POST)
    if not form.is_valid():
        messages.warning(request, " ".join(map(str, form.errors["repo_id"])))
        return redirect(_place(release))
    try:
        pushes.look(release, repo_id=form.cleaned_data["repo_id"], person=request.user, now=timezone.now())
    except (Conflict, IllegalMove) as reason:
        messages.warning(request, str(reason))
    return redirect(_place(release))


def _place(release: Release) -> str:
    return f"{reverse('exports:release', args=[release.version])}#push"
