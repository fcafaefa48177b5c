"""One's own work: the list of it, and one submission with where it stands, what was found and what happened."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from crowd import permissions, queries
from crowd.domain.workflow import Action, IllegalMove, State, actions_from
from crowd.services import drafts, review, workers
from crowd.services import submission as submissions
from crowd.services.errors import Conflict, Refused
from crowd.views.access import post_only
from crowd.views.evidence import evidence_of

PER_PAGE = 20
DRAFTS = "drafts"


@login_required
@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    """What one has written: sent pairs by state, or drafts."""
    counts = queries.counts_by_state(request.user)
    all_drafts = queries.drafts_of(request.user)
    show = request.GET.get("show", "")
    sent = queries.submissions_of(request.user)
    if show in set(State):
        sent = sent.filter(state=show)
    rows = all_drafts if show == DRAFTS else sent
    context = {
        "show": show,
        "page": _page_of(request, rows),
        "counts": [(state.value, counts[state]) for state in State if state in counts],
        "count_sent": sum(counts.values()),
        "count_drafts": all_drafts.count(),
        "count_returned": counts.get(State.RETURNED, 0),
    }
    return render(request, "crowd/submission/mine.html", context)


@login_required
@require_safe
def submission(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One submission: the pair, its state in plain words, findings, history."""
    return render(request, "crowd/submission/submission.html", _context(request, public_id))


@login_required
@require_safe
def progress(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The part of the page that changes by itself, asked for every two seconds while it is being checked."""
    return render(request, "crowd/submission/_progress.html", _context(request, public_id))


@post_only("crowd:submission", "public_id")
def withdraw(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Take one's own pair back; the page asked before."""
    own = permissions.own_submission(request.user, public_id)
    try:
        submissions.withdraw(own, person=request.user, now=timezone.now())
    except (Conflict, IllegalMove) as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Withdrawn. It stays out of every later release."))
    return redirect("crowd:submission", public_id=public_id)


@post_only("crowd:submission", "public_id")
def revise(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Begin the next version with the current texts."""
    own = permissions.own_submission(request.user, public_id)
    if Action.RESUBMIT not in actions_from(own.state):
        messages.error(request, str(IllegalMove(own.state, Action.RESUBMIT)))
        return redirect("crowd:submission", public_id=public_id)
    draft = drafts.revise(request.user, own, now=timezone.now())
    return redirect("crowd:draft", public_id=draft.public_id)


@post_only("crowd:submission", "public_id")
def revoke(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """An admin takes an approval back, and says why."""
    permissions.require_admin(request.user)
    shown = permissions.submission_for(request.user, public_id)
    try:
        review.revoke(shown, admin=request.user, reason=request.POST.get("reason", ""), now=timezone.now())
    except (Conflict, IllegalMove, Refused) as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("The approval is taken back, and its points with it."))
        return redirect("crowd:contest")
    return redirect("crowd:submission", public_id=public_id)


def _context(request: HttpRequest, public_id: UUID) -> dict[str, Any]:
    shown = permissions.submission_for(request.user, public_id)
    is_own = shown.author_id == request.user.pk
    findings = list(shown.current_version.findings.all())
    verdict = queries.verdict_on(shown)
    actions = actions_from(shown.state) if is_own else frozenset[Action]()
    now = timezone.now()
    return {
        "submission": shown,
        "version": shown.current_version,
        "is_own": is_own,
        "is_checking": shown.state == State.CHECKING,
        "worker_is_missing": shown.state == State.CHECKING and not workers.is_heard(now=now),
        "findings": findings,
        "evidence": evidence_of(shown.current_version, findings),
        "verdict": verdict,
        "is_revoked": verdict is not None and verdict.action == Action.REVOKE,
        "points": queries.points_of(shown),
        "history": list(queries.history_of(shown)),
        # What came back is to be revised first.
        "may_write_another": is_own
        and shown.state != State.RETURNED
        and queries.is_wanted(shown.current_version.category, now=now),
        "may_revise": Action.RESUBMIT in actions,
        "may_withdraw": Action.WITHDRAW in actions,
        "may_revoke": request.user.is_admin and Action.REVOKE in actions_from(shown.state),
    }


def _page_of(request: HttpRequest, rows: Any) -> Page:
    return Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
