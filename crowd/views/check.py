"""The checks, for admins: which there are, how many texts today's have not seen, and running them again."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from crowd import permissions
from crowd.domain.checks import FAILED
from crowd.domain.recheck import OUTCOMES
from crowd.forms.check import ApprovedFilter, RecheckForm
from crowd.models import Recheck
from crowd.queries import check as queries
from crowd.services import recheck as rechecks
from crowd.services import workers
from crowd.services.errors import Conflict
from crowd.views.access import post_only

RECHECKS_SHOWN = 10
PER_PAGE = 25


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def overview(request: HttpRequest) -> HttpResponse:
    """Which checks there are and what they have found; a POST runs them again."""
    permissions.require_admin(request.user)
    if request.method == "POST":
        return _begin(request)
    return _overview(request, RecheckForm())


@login_required
@require_safe
def recheck(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One re-run; the page asks for the part that changes every two seconds until it is over."""
    shown = permissions.recheck_for(request.user, public_id)
    fragment = "crowd/check/_progress.html" if request.htmx else "crowd/check/recheck.html"
    return render(request, fragment, _shown(shown))


@post_only("crowd:recheck", "public_id")
def cancel(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """End a re-run; the page asked before."""
    shown = permissions.recheck_for(request.user, public_id)
    try:
        rechecks.cancel(shown, person=request.user, now=timezone.now())
    except Conflict as conflict:
        messages.warning(request, str(conflict))
    return redirect("crowd:recheck", public_id=public_id)


@login_required
@require_safe
def approved(request: HttpRequest) -> HttpResponse:
    """Approved texts with a finding that a reviewer would look at, to look again and perhaps to take the approval back."""
    permissions.require_admin(request.user)
    form = ApprovedFilter(request.GET, rules=queries.rules_on_approved())
    found = queries.approved_with_findings(**form.choice)
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "crowd/check/approved.html", {"form": form, "page": page})


def _begin(request: HttpRequest) -> HttpResponse:
    form = RecheckForm(request.POST)
    if form.is_valid():
        try:
            begun = rechecks.begin(form.choice, person=request.user, now=timezone.now())
        except Conflict as conflict:
            form.add_error(None, str(conflict))
        else:
            return redirect("crowd:recheck", public_id=begun.public_id)
    return _overview(request, form, status=400)


def _overview(request: HttpRequest, form: RecheckForm, *, status: int = 200) -> HttpResponse:
    context = {
        "form": form,
        "done": queries.checks_done(),
        "failed": FAILED,
        "running": Recheck.objects.running().first(),
        "rechecks": queries.rechecks()[:RECHECKS_SHOWN],
        "flagged": queries.approved_with_findings().count(),
    }
    return render(request, "crowd/check/overview.html", context, status=status)


def _shown(shown: Recheck) -> dict[str, Any]:
    rows = [
        (rule, [counts[outcome] for outcome in OUTCOMES]) for rule, counts in sorted(shown.counts.items())
    ]
    return {
        "recheck": shown,
        "job": shown.job,
        "rows": rows,
        "sums": [sum(counts[place] for _rule, counts in rows) for place in range(len(OUTCOMES))],
        "worker_is_missing": not shown.is_over and not workers.is_heard(now=timezone.now()),
    }
