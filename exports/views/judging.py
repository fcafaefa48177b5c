"""The pages of blind judging: an admin asks for a comparison, everybody judges, and once it is closed everybody may see."""

import secrets
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from crowd.permissions import require_admin
from crowd.services.errors import Conflict
from exports.domain.judging import Choice
from exports.forms.judging import ComparisonForm, JudgementForm
from exports.models import Comparison
from exports.permissions import comparison_for, model_for
from exports.services import chat, judging, model_card
from exports.views.models import model_answer
from exports.views.requests import PageRequest

SEEDS = 2**63  # what the column holds
SHOWN_COMPARISONS = 50


@require_POST
@login_required
def comparison_start(request: PageRequest, public_id: UUID) -> HttpResponse:
    """Let two models answer the same questions."""
    run = model_for(request.user, public_id)
    form = ComparisonForm(run, request.POST)
    if form.is_valid():
        try:
            comparison = judging.start(
                run,
                form.against_run,
                count=form.cleaned_data["count"],
                person=request.user,
                seed=secrets.randbelow(SEEDS),
                now=timezone.now(),
            )
        except Conflict as conflict:
            form.add_error(None, str(conflict))
        else:
            return redirect("exports:comparison", comparison.public_id)
    return model_answer(request, run, form, status=400)


@require_safe
@login_required
def comparison_list(request: PageRequest) -> HttpResponse:
    """What can be judged, and what came of earlier comparisons; the newest first."""
    shown = Comparison.objects.shown_to_judges().for_listing()[:SHOWN_COMPARISONS]
    open_ones = [row for row in shown if row.is_open]
    progress = judging.progress(open_ones, person=request.user)
    context = {
        "rows": [(row, *progress[row.pk]) for row in open_ones],
        "closed": [(row, model_card.against(row)) for row in shown if row.is_closed],
    }
    return render(request, "exports/judging/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def comparison(request: PageRequest, public_id: UUID) -> HttpResponse:
    """The next question to judge; before that how far the answers are, and after it what came of it."""
    found = comparison_for(request.user, public_id)
    if request.method == "POST":
        return _judge(request, found)
    if found.is_open:
        return render(request, "exports/judging/question.html", _asked(request, found))
    if found.is_closed:
        return render(request, "exports/judging/result.html", _result(found))
    template = "_answering.html" if request.htmx else "answering.html"
    response = render(request, f"exports/judging/{template}", _answering(found))
    if request.htmx and not found.is_answering:
        response["HX-Refresh"] = "true"
    return response


@require_POST
@login_required
def comparison_close(request: PageRequest, public_id: UUID) -> HttpResponse:
    """End the judging, and show what came of it."""
    require_admin(request.user)
    found = comparison_for(request.user, public_id)
    try:
        judging.close(found, person=request.user, now=timezone.now())
    except Conflict as conflict:
        messages.warning(request, str(conflict))
    return redirect("exports:comparison", public_id)


def _judge(request: PageRequest, found: Comparison) -> HttpResponse:
    form = JudgementForm(request.POST)
    if form.is_valid():
        pairing = get_object_or_404(found.pairings, public_id=form.cleaned_data["pairing"])
        choice = Choice(form.cleaned_data["choice"])
        try:
            judging.judge(found, pairing, person=request.user, choice=choice, now=timezone.now())
        except Conflict as conflict:
            messages.warning(request, str(conflict))
    return redirect("exports:comparison", found.public_id)


def _asked(request: PageRequest, found: Comparison) -> dict[str, Any]:
    done, total = judging.progress([found], person=request.user)[found.pk]
    context: dict[str, Any] = {"comparison": found, "done": done, "total": total}
    context["shown"] = judging.next_for(found, person=request.user)
    if request.user.is_admin:
        context["turnout"] = judging.turnout(found)
    return context


def _result(found: Comparison) -> dict[str, Any]:
    outcome = judging.outcome(found)
    return {
        "comparison": found,
        "against": model_card.against(found),
        "outcome": outcome,
        "turnout": judging.turnout(found),
        "win_rate": _percent(outcome.win_rate) if outcome else "",
        "low": _percent(outcome.low) if outcome else "",
        "high": _percent(outcome.high) if outcome else "",
    }


def _answering(found: Comparison) -> dict[str, Any]:
    done, total = judging.answered(found)
    waits_for = chat.waits_for(now=timezone.now()) if found.is_answering and not done else ""
    return {"comparison": found, "done": done, "total": total, "waits_for": waits_for}


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{share * 100:.0f} %"
