"""How the site is: its workers, its jobs, its broker. For admins."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from crowd import permissions, queries
from crowd.models import Job
from crowd.services import broker, jobs, workers
from crowd.views.access import post_only

JOBS_SHOWN = 50


@login_required
@require_safe
def status(request: HttpRequest) -> HttpResponse:
    """Who works, what waits, and what was set aside."""
    permissions.require_admin(request.user)
    now = timezone.now()
    counts = queries.jobs_by_state()
    context = {
        "now": now,
        "is_heard": workers.is_heard(now=now),
        "last_heard": workers.last_heard(),
        "sightings": queries.sightings(),
        "heard_since": now - workers.LATELY,
        "broker_answers": broker.answers(),
        "database": connection.display_name,
        "counts": {state: counts.get(state, 0) for state in Job.State.values},
        "running": queries.running_jobs()[:JOBS_SHOWN],
        "quarantined": Job.objects.quarantined().order_by("-id")[:JOBS_SHOWN],
        "oldest_waiting": Job.objects.due(now).order_by("run_at").first(),
    }
    return render(request, "crowd/status/status.html", context)


@post_only("crowd:status")
def try_again(request: HttpRequest, job_id: int) -> HttpResponse:
    """Let a job that was set aside try again from its first attempt."""
    permissions.require_admin(request.user)
    if jobs.release_quarantined(get_object_or_404(Job, pk=job_id), now=timezone.now()):
        messages.success(request, _("The job is back in the queue."))
    else:
        messages.info(
            request, _("That job is not set aside any more: it was tried again already, or is done.")
        )
    return redirect("crowd:status")
