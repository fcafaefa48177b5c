"""The page of a run's model: its figures, sample answers, card, and how people found it."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from crowd.models import Job
from crowd.services.errors import Conflict
from exports.domain.model_card import table
from exports.forms.judging import ComparisonForm
from exports.models import Comparison, Run
from exports.permissions import model_for
from exports.services import chat, model_card, samples, tombstones
from exports.services.run_files import RunFolder
from exports.services.run_results import held_out_lines
from exports.views import pushes
from exports.views.requests import PageRequest


@require_safe
@login_required
def model_page(request: PageRequest, public_id: UUID) -> HttpResponse:
    """The model; while its sample answers are being written, the page asks again for that part."""
    run = model_for(request.user, public_id)
    if request.htmx:
        return render(request, "exports/model/_samples.html", _sampled(run))
    return model_answer(request, run, ComparisonForm(run))


def model_answer(request: PageRequest, run: Run, form: ComparisonForm, *, status: int = 200) -> HttpResponse:
    """The page, with a form to compare the model, which may have something wrong."""
    evaluation = model_card.evaluation(run)
    headings, rows = table(evaluation)
    context: dict[str, Any] = {
        **_sampled(run),
        "form": form,
        "parameters": RunFolder(run).identity().get("parameters"),
        "held_out": len(held_out_lines(run)),
        "measured": evaluation.get("all"),
        "headings": headings,
        "rows": [(name, list(zip(headings, cells, strict=True))) for name, cells in rows],
        "comparisons": Comparison.objects.for_listing().filter(run=run),
        "card": model_card.render(run),
        "push": pushes.shown(run, typed=request.GET.get("repo_id")),
        "mark": tombstones.in_words(tombstones.mark_of(run.release)),
    }
    return render(request, "exports/model/page.html", context, status=status)


@require_safe
@login_required
def model_card_file(request: PageRequest, public_id: UUID) -> HttpResponse:
    """The card, to keep."""
    run = model_for(request.user, public_id)
    headers = {"Content-Disposition": 'attachment; filename="README.md"'}
    return HttpResponse(model_card.render(run), content_type="text/markdown; charset=utf-8", headers=headers)


@require_POST
@login_required
def model_samples(request: PageRequest, public_id: UUID) -> HttpResponse:
    """Let the model answer some questions for its card."""
    run = model_for(request.user, public_id)
    try:
        samples.ask(run, now=timezone.now())
    except Conflict as conflict:
        messages.warning(request, str(conflict))
    return redirect("exports:model", public_id)


def _sampled(run: Run) -> dict[str, Any]:
    job = samples.job_of(run)
    is_waiting = job is not None and job.state in {Job.State.WAITING, Job.State.RUNNING}
    return {
        "run": run,
        "samples": samples.of(run),
        "can_ask": samples.can_ask(run, job),
        "is_waiting": is_waiting,
        "is_set_aside": job is not None and job.state == Job.State.QUARANTINED,
        "waits_for": chat.waits_for(now=timezone.now()) if is_waiting else "",
    }
