"""An admin pushes a release or a model to the hub: first a look at what would be sent, then the push. Both are jobs."""

from typing import Any
from urllib.parse import urlencode
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
from exports.models import Release, Run
from exports.permissions import model_for, release_for
from exports.services import pushes
from exports.services.pushes import Pushable
from exports.views.requests import PageRequest


@require_http_methods(["GET", "POST"])
@login_required
def release_push(request: PageRequest, version: str) -> HttpResponse:
    """How the last push of a release stands; or, posted, a look at what one would do."""
    require_admin(request.user)
    return _push(request, release_for(request.user, version))


@require_POST
@login_required
def release_send(request: PageRequest, version: str, public_id: UUID) -> HttpResponse:
    """Send a release to where somebody has looked."""
    require_admin(request.user)
    return _send(request, release_for(request.user, version), public_id)


@require_http_methods(["GET", "POST"])
@login_required
def model_push(request: PageRequest, public_id: UUID) -> HttpResponse:
    """The same for a model."""
    return _push(request, model_for(request.user, public_id))


@require_POST
@login_required
def model_send(request: PageRequest, public_id: UUID, push_id: UUID) -> HttpResponse:
    """Send a model to where somebody has looked."""
    return _send(request, model_for(request.user, public_id), push_id)


def shown(thing: Pushable, *, typed: str | None = None) -> dict[str, Any]:
    """What the page of a release or a model shows of its pushes. `typed` is no repository's name, as somebody gave it."""
    last = pushes.newest(thing)
    waits = last is not None and last.is_waiting
    return {
        "last": last,
        "job": pushes.job_of(last) if last and waits else None,
        "worker_is_missing": waits and not workers.is_heard(now=timezone.now()),
        "places": pushes.places(thing),
        "form": PushForm(
            None if typed is None else {"repo_id": typed}, initial={"repo_id": last.repo_id if last else ""}
        ),
        "hub": settings.HF_ENDPOINT,
        "is_model": isinstance(thing, Run),
        "is_published": (thing if isinstance(thing, Release) else thing.release).is_published,
        "page_url": _url(thing),
        "ask_url": _url(thing, "push"),
        "send_url": _url(thing, "send", last.public_id) if last else "",
    }


def _push(request: PageRequest, thing: Pushable) -> HttpResponse:
    if request.method == "POST":
        return _look(request, thing)
    if not request.htmx:
        return _back(thing)
    return render(request, "exports/release/_push.html", {"push": shown(thing)})


def _look(request: PageRequest, thing: Pushable) -> HttpResponse:
    form = PushForm(request.POST)
    if not form.is_valid():
        return _back(thing, {"repo_id": form["repo_id"].value() or ""})
    try:
        pushes.look(thing, repo_id=form.cleaned_data["repo_id"], person=request.user, now=timezone.now())
    except (Conflict, IllegalMove) as reason:
        messages.warning(request, str(reason))
    return _back(thing)


def _send(request: PageRequest, thing: Pushable, public_id: UUID) -> HttpResponse:
    looked = thing.pushes.filter(public_id=public_id).first()
    if looked is None:
        raise Http404
    try:
        pushes.send(looked, person=request.user, now=timezone.now())
    except Conflict as reason:
        messages.warning(request, str(reason))
    return _back(thing)


def _back(thing: Pushable, typed: dict[str, str] | None = None) -> HttpResponse:
    """To the page, which says beside the field what is wrong with what was typed."""
    query = f"?{urlencode(typed)}" if typed else ""
    return redirect(f"{_url(thing)}{query}#push")


def _url(thing: Pushable, act: str = "", *more: UUID) -> str:
    """The page of a release or a model, or what is done there."""
    kind, name = ("release", thing.version) if isinstance(thing, Release) else ("model", thing.public_id)
    return reverse(f"exports:{kind}-{act}".removesuffix("-"), args=[name, *more])
