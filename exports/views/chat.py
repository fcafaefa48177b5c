"""The chat page of a tuned model. A person sees their own questions; answers are shown as text and nothing else."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from crowd.models import Person
from crowd.services.errors import Conflict
from exports.forms.chat import QuestionForm
from exports.models import Run
from exports.permissions import own_question, run_for
from exports.services import chat, tombstones
from exports.views.requests import PageRequest


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def chat_page(request: PageRequest, public_id: UUID) -> HttpResponse:
    """The conversation, and a form to go on with it."""
    run = run_for(request.user, public_id)
    if request.method != "POST":
        return _page(request, run, request.user, QuestionForm())
    form = QuestionForm(request.POST)
    if form.is_valid():
        try:
            chat.ask(run, person=request.user, **form.cleaned_data, now=timezone.now())
        except Conflict as conflict:
            form.add_error(None, str(conflict))
        else:
            return redirect("exports:chat", public_id)
    return _page(request, run, request.user, form, status=400)


@require_safe
@login_required
def chat_answer(request: PageRequest, public_id: UUID, question_id: UUID) -> HttpResponse:
    """One answer as it grows: what the page asks for again and again."""
    question = own_question(request.user, question_id)
    context = {"question": question, "waits_for": chat.waits_for(now=timezone.now())}
    return render(request, "exports/chat/_answer.html", context)


def _page(
    request: PageRequest, run: Run, person: Person, form: QuestionForm, *, status: int = 200
) -> HttpResponse:
    questions = chat.conversation(run, person=person)
    is_answering = any(question.is_open for question in questions)
    context = {
        "run": run,
        "form": form,
        "questions": questions,
        "is_answering": is_answering,
        "waits_for": chat.waits_for(now=timezone.now()),
        "mark": tombstones.in_words(tombstones.mark_of(run.release)),
        "instruction_limit": chat.MAX_INSTRUCTION_CHARS,
        "context_limit": chat.MAX_CONTEXT_CHARS,
    }
    return render(request, "exports/chat/page.html", context, status=status)
