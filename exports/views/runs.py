"""The pages of fine-tune runs: the list, a new one, and one run as it goes."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from crowd.models import Event
from crowd.permissions import require_admin
from crowd.services.errors import Conflict
from exports.domain.run_workflow import RunState
from exports.forms.run import RunForm
from exports.models import Release, Run
from exports.permissions import run_for
from exports.services import run as runs
from exports.services import run_queue, tombstones
from exports.services.run_files import RunFolder
from exports.views.requests import PageRequest
from training.recipes import RECIPES

PAGE_SIZE = 25
CHART_POINTS = 600
TABLE_POINTS = 20
LOG_LINES = 40


@require_safe
@login_required
def run_list(request: PageRequest) -> HttpResponse:
    """Every run, the newest first."""
    require_admin(request.user)
    page = Paginator(Run.objects.for_listing(), PAGE_SIZE).get_page(request.GET.get("page"))
    marks = tombstones.since(run.release for run in page.object_list)
    places, now = run_queue.places(), timezone.now()
    rows = [
        (run, _note(run, places.get(run.pk), now=now), tombstones.in_words(marks[run.release_id]))
        for run in page.object_list
    ]
    return render(request, "exports/run/list.html", {"page": page, "rows": rows})


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def run_new(request: PageRequest) -> HttpResponse:
    """Ask for a run. `?release=` chooses one beforehand, `?like=` repeats another run's choices.

    When another recipe is chosen, the page asks again for the settings with that one's values.
    """
    require_admin(request.user)
    if request.htmx:
        form = RunForm(initial=request.GET.dict())
        return render(request, "exports/run/_settings.html", {"form": form, "is_swap": True})
    if request.method != "POST":
        form = RunForm(initial=_beforehand(request))
        return render(
            request, "exports/run/new.html", {"form": form, "has_releases": Release.objects.ready().exists()}
        )
    form = RunForm(request.POST)
    if form.is_valid():
        chosen = form.cleaned_data
        try:
            run = runs.start(
                chosen["release"],
                recipe=chosen["recipe"],
                overrides=form.overrides,
                base=chosen["base"],
                person=request.user,
                now=timezone.now(),
            )
        except Conflict as conflict:
            form.add_error(None, str(conflict))
        else:
            return redirect("exports:run", run.public_id)
    return render(request, "exports/run/new.html", {"form": form, "has_releases": True}, status=400)


@require_safe
@login_required
def run_page(request: PageRequest, public_id: UUID) -> HttpResponse:
    """One run; the page asks again every two seconds, for the part that changes, until the run is over."""
    run = run_for(request.user, public_id)
    context = _shown(run, now=timezone.now())
    if not request.htmx:
        return render(request, "exports/run/page.html", context | _whole(run))
    response = render(request, "exports/run/_progress.html", {**context, "is_poll": True})
    if run.is_final:
        response["HX-Refresh"] = "true"
    return response


@require_safe
@login_required
def run_metrics(request: PageRequest, public_id: UUID) -> JsonResponse:
    """The loss curve so far."""
    run = run_for(request.user, public_id)
    # The state was read first: what is done by now has all its points.
    return JsonResponse({"points": RunFolder(run).points(most=CHART_POINTS), "done": run.is_final})


@require_POST
@login_required
def run_cancel(request: PageRequest, public_id: UUID) -> HttpResponse:
    """End a run."""
    run = run_for(request.user, public_id)
    try:
        runs.cancel(run, person=request.user, now=timezone.now())
    except Conflict as conflict:
        messages.warning(request, str(conflict))
    return redirect("exports:run", public_id)


@require_POST
@login_required
def run_resume(request: PageRequest, public_id: UUID) -> HttpResponse:
    """Let a run go on that failed or was cancelled."""
    run = run_for(request.user, public_id)
    try:
        runs.resume(run, person=request.user, now=timezone.now())
    except Conflict as conflict:
        messages.warning(request, str(conflict))
    return redirect("exports:run", public_id)


def _beforehand(request: PageRequest) -> dict[str, Any]:
    like = request.GET.get("like", "")
    earlier = Run.objects.for_listing().filter(public_id=like).first() if _is_uuid(like) else None
    if earlier:
        return {
            "release": earlier.release.version,
            "recipe": earlier.recipe,
            "base": earlier.base,
            **earlier.overrides,
        }
    recipe = next(name for name, recipe in RECIPES.items() if not recipe.needs_base)
    return {"release": request.GET.get("release", ""), "recipe": recipe}


def _note(run: Run, place: int | None, *, now: datetime) -> str:
    """How far an unfinished run is, in a few words, or why it failed."""
    if place:
        return _("number %(place)s in the queue") % {"place": place}
    if run.state != RunState.RUNNING:
        return run.message
    if standing := run_queue.standing(run, now=now):
        return standing.text
    status = RunFolder(run).status()
    return _("step %(step)s of %(steps)s") % status if status.get("steps") else ""


def _shown(run: Run, *, now: datetime) -> dict[str, Any]:
    folder = RunFolder(run)
    status = folder.status()
    return {
        "run": run,
        "status": status,
        "rate": _rate(folder.last("step").get("learning_rate")),
        "held_out": folder.last("evaluation").get("loss"),
        "time_left": _duration(status.get("eta_seconds")),
        "took": _duration(run.figures.get("seconds")),
        "standing": run_queue.standing(run, now=now),
        "log": folder.log_tail(LOG_LINES),
        "history": Event.objects.about(runs.RUN_SUBJECT, run.public_id).select_related("actor"),
    }


def _whole(run: Run) -> dict[str, Any]:
    """What the page shows beside what changes."""
    folder = RunFolder(run)
    return {
        "mark": tombstones.in_words(tombstones.mark_of(run.release)),
        "identity": folder.identity(),
        "points": folder.points(most=TABLE_POINTS) if run.is_final else [],
        "checkpoint_step": folder.checkpoint_step() if run.can_resume else None,
    }


def _rate(value: object) -> str:
    return f"{value:.2g}" if isinstance(value, int | float) else ""


def _duration(seconds: object) -> str:
    if not isinstance(seconds, int | float):
        return ""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return _("%(hours)s h %(minutes)s min") % {"hours": hours, "minutes": minutes}
    if minutes:
        return _("%(minutes)s min %(seconds)s s") % {"minutes": minutes, "seconds": rest}
    return _("%(seconds)s s") % {"seconds": rest}


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
