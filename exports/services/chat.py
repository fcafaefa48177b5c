"""Chat with a tuned model: take a question, and the job that lets the model answer it.

A worker process keeps one model loaded; another run's question, or none for a while, ends it.
"""

import time
from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from crowd.domain.text import normalize_newlines
from crowd.models import Job, Person
from crowd.services import jobs, people, workers
from crowd.services.errors import Conflict
from exports.domain.run_workflow import OPEN_QUESTION_STATES, QuestionState
from exports.models import Question, Run
from exports.services import model_process
from exports.services.model_process import ModelLost, NoAnswer
from exports.services.run_files import RunFolder

ANSWER_JOB: Final = "answer"
QUEUE: Final = "chat"
LEASE: Final = timedelta(seconds=30)
MAX_ATTEMPTS: Final = 3

# A tuned Pythia reads 2,048 tokens, four or so characters each; what is still too long, the model says itself.
MAX_INSTRUCTION_CHARS: Final = 4_000
MAX_CONTEXT_CHARS: Final = 12_000
MAX_OPEN_QUESTIONS: Final = 3
SHOWN_QUESTIONS: Final = 50

WRITE_EVERY_SECONDS: Final = 0.3
LOG_FILE: Final = "chat.txt"


def ask(run: Run, *, person: Person, instruction: str, context: str, now: datetime) -> Question:
    """Queue a question. Raises Conflict where there is no model, or the person has too many questions waiting."""
    if not run.has_model:
        raise Conflict(_("This run has no model to ask."))
    with transaction.atomic():
        people.hold(person, alone=True)
        if Question.objects.by(person).open().count() >= MAX_OPEN_QUESTIONS:
            raise Conflict(_("Please wait for the answers to your last questions first."))
        question = Question.objects.create(
            run=run,
            person=person,
            instruction=normalize_newlines(instruction),
            context=normalize_newlines(context),
            state=QuestionState.WAITING,
            created_at=now,
        )
        jobs.enqueue(ANSWER_JOB, question.public_id, {}, queue=QUEUE, now=now, max_attempts=MAX_ATTEMPTS)
    return question


def conversation(run: Run, *, person: Person) -> list[Question]:
    """The person's last questions to this model, the oldest first."""
    newest = (
        Question.objects.by(person)
        .filter(run=run)
        .select_related("run__release")
        .order_by("-created_at", "-id")
    )
    return list(newest[:SHOWN_QUESTIONS])[::-1]


def waits_for(*, now: datetime) -> str:
    """Why a question that waits is not being answered."""
    if workers.is_heard(queue=QUEUE, now=now):
        return _("Waiting for its turn…")
    if settings.PRODUCTION:
        return _("No chat worker is connected. The question is kept, and answered as soon as one is.")
    return _("A chat worker is being started…")


def handle(lease: jobs.Lease) -> None:
    """Answer one question."""
    question = Question.objects.select_related("run").filter(public_id=lease.job.key).first()
    if question is None or not question.is_open:
        with lease.finishing(now=lease.clock()):
            return
    question.answer = ""  # what a lost worker left is no beginning: the model answers anew
    _write(question, state=QuestionState.ANSWERING, answer="", started_at=lease.clock())
    try:
        stopped = _stream(question, lease)
    except (NoAnswer, ModelLost) as error:
        _over(question, lease, state=QuestionState.FAILED, message=str(error))
    except OSError:
        _over(question, lease, state=QuestionState.FAILED, message=_("The model's folder cannot be used."))
    else:
        _over(question, lease, state=QuestionState.ANSWERED, stopped=stopped)


def on_quarantine(job: Job, now: datetime) -> None:
    """Every worker that tried was lost."""
    message = _("The model could not be asked. Please ask again.")
    asked = Question.objects.filter(public_id=job.key, state__in=OPEN_QUESTION_STATES)
    asked.update(state=QuestionState.FAILED, message=message, finished_at=now)


def _stream(question: Question, lease: jobs.Lease) -> str:
    """Write the answer as it grows; returns why it ended. Raises NoAnswer, ModelLost, LostLease, OSError."""
    folder = RunFolder(question.run)
    with model_process.KEPT_MODEL.use(folder.model, log=folder.path / LOG_FILE) as model:
        pieces = model.ask(
            str(question.public_id), instruction=question.instruction, context=question.context
        )
        written_at = 0.0
        while True:
            try:
                question.answer += next(pieces)
            except StopIteration as end:
                return str(end.value)
            if written_at + WRITE_EVERY_SECONDS > time.monotonic():
                continue
            if workers.is_leaving():
                _write(question, state=QuestionState.WAITING, answer="")
                raise jobs.WaitLonger(1)
            lease.renew()
            _write(question, answer=question.answer)
            written_at = time.monotonic()


def _write(question: Question, **changes: Any) -> None:
    Question.objects.filter(pk=question.pk, state__in=OPEN_QUESTION_STATES).update(**changes)


def _over(question: Question, lease: jobs.Lease, **changes: Any) -> None:
    now = lease.clock()
    with lease.finishing(now=now):
        _write(question, answer=question.answer, finished_at=now, **changes)
