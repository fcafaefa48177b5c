"""Review: take the next pair from the queue, decide on it, go straight on to the one after."""

from datetime import datetime, timedelta
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from crowd import permissions, queries
from crowd.domain.review import EDITABLE_FIELDS, Decision
from crowd.domain.text import LIMITS, normalize_newlines
from crowd.domain.workflow import IllegalMove, State
from crowd.forms.refusal import show_refusal
from crowd.forms.review import DecisionForm
from crowd.models import Claim
from crowd.services import review as reviews
from crowd.services import similar, workers
from crowd.services.errors import Conflict, ExactCopy, NotAllowed, Refused
from crowd.views.access import post_only
from crowd.views.evidence import evidence_of
from crowd.views.likeness import likeness_of

DONE = {
    Decision.APPROVE: gettext_lazy("Approved. Here is the next one."),
    Decision.RETURN: gettext_lazy("Returned with your reason. Here is the next one."),
    Decision.REJECT: gettext_lazy("Rejected. Here is the next one."),
}


@login_required
@require_safe
def queue(request: HttpRequest) -> HttpResponse:
    """How much waits, of what, and the button that takes the next one."""
    permissions.require_reviewer(request.user)
    now = timezone.now()
    waiting = reviews.queue_of(request.user)
    held = queries.held_claim(request.user, now=now)
    context = {
        "waiting": waiting.count(),
        "categories": queries.by_category(waiting),
        "held": held,
        "minutes_left": _minutes_left(held, now=now) if held else None,
        "decided_today": queries.decided_today(request.user, now=now),
        "being_checked": queries.count_checking(),
        "worker_is_missing": not workers.is_heard(now=now),
    }
    return render(request, "crowd/review/queue.html", context)


@post_only("crowd:review")
def next_one(request: HttpRequest) -> HttpResponse:
    """Claim the oldest pair, of one category if asked, and show it."""
    permissions.require_reviewer(request.user)
    return _next(request, only=request.POST.get("only", ""))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def claimed(request: HttpRequest, claim_id: UUID) -> HttpResponse:
    """The pair that is held, and the decision on it."""
    claim = permissions.own_claim(request.user, claim_id)
    if request.method == "POST":
        return _decide(request, claim)
    if not _stands(claim):
        messages.info(request, _("You no longer hold that pair. The next one is a click away."))
        return redirect("crowd:review")
    version = claim.version
    texts = {name: getattr(version, name) for name in EDITABLE_FIELDS}
    form = DecisionForm(initial={**texts, "version": version.number, "only": request.GET.get("only", "")})
    return _page(request, claim, form)


@post_only("crowd:review")
def let_go(request: HttpRequest, claim_id: UUID) -> HttpResponse:
    """Give the pair back to the queue undecided."""
    reviews.let_go(permissions.own_claim(request.user, claim_id), now=timezone.now())
    messages.info(request, _("It is back in the queue for a colleague."))
    return redirect("crowd:review")


def _decide(request: HttpRequest, claim: Claim) -> HttpResponse:
    form = DecisionForm(request.POST)
    if not form.is_valid():
        return (
            _page(request, claim, form)
            if _stands(claim)
            else _over(request, claim, form, _("Your claim has expired."))
        )
    answer = form.cleaned_data
    try:
        reviews.decide(
            claim,
            decision=answer["decision"],
            version=answer["version"],
            reason=answer["reason"],
            edits=form.edits,
            now=timezone.now(),
        )
    except (Refused, ExactCopy) as refusal:
        show_refusal(form, refusal, person=request.user)
        return _page(request, claim, form) if _stands(claim) else _over(request, claim, form, str(refusal))
    except (Conflict, IllegalMove, NotAllowed) as conflict:
        return _over(request, claim, form, str(conflict))
    return _next(request, only=answer["only"], done=DONE[Decision(answer["decision"])])


def _next(request: HttpRequest, *, only: str, done: str = "") -> HttpResponse:
    claim = reviews.claim_next(request.user, now=timezone.now(), category=only or None)
    if claim is None:
        messages.success(request, _("That was the last one that waits for you."))
        return redirect("crowd:review")
    if done:
        messages.success(request, done)
    return redirect(
        reverse("crowd:claim", kwargs={"claim_id": claim.public_id}, query={"only": only} if only else None)
    )


def _stands(claim: Claim) -> bool:
    in_time = claim.ended_at is None and claim.expires_at > timezone.now()
    return in_time and claim.submission.state == State.IN_REVIEW


def _minutes_left(claim: Claim, *, now: datetime) -> int:
    """How long a claim still holds. Its last minute counts as one until it is over."""
    return max(1, (claim.expires_at - now) // timedelta(minutes=1))


def _page(request: HttpRequest, claim: Claim, form: DecisionForm) -> HttpResponse:
    version = claim.version
    findings = list(version.findings.all())
    context = {
        "claim": claim,
        "minutes_left": _minutes_left(claim, now=timezone.now()),
        "version": version,
        "form": form,
        "limits": LIMITS,
        "findings": findings,
        "evidence": evidence_of(version, findings),
        "look_alikes": [
            likeness_of(version, other) for other in similar.look_alikes_for(request.user, version)
        ],
        "waiting": reviews.queue_of(request.user).count(),
    }
    return render(request, "crowd/review/claim.html", context)


def _over(request: HttpRequest, claim: Claim, form: DecisionForm, why: str) -> HttpResponse:
    """The claim is over, so the pair is not shown again; what the reviewer wrote is theirs to take along."""
    wrote = {
        form.fields[name].label: text
        for name in ("reason", *EDITABLE_FIELDS)
        if (text := normalize_newlines(form.data.get(name, ""))) and text != getattr(claim.version, name, "")
    }
    context = {"why": why, "wrote": wrote, "only": form.data.get("only", "")}
    return render(request, "crowd/review/over.html", context, status=409)
