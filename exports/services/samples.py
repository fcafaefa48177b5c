"""A model's sample answers, as its card and its page show them: written by a job once somebody has asked for them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import transaction
from django.utils.translation import gettext as _

from crowd.domain.workflow import LIVE_STATES
from crowd.models import Job
from crowd.services import jobs
from crowd.services.errors import Conflict
from exports.domain.judging import ComparisonState
from exports.models import Answer, Pairing, Run, Speaker
from exports.services import answers, questions
from exports.services.run_results import held_out_lines

SAMPLES_JOB: Final = "answer_samples"


@dataclass(frozen=True)
class Sample:
    """One answer. `is_held_out`: the model never saw the record."""

    answer: Answer
    is_held_out: bool


def ask(run: Run, *, now: datetime) -> Job:
    """Let the model answer some questions for its card. Raises Conflict.

    Asked again, it is the same job, which is done once more where answers are wanted by now.
    """
    if not run.has_model:
        raise Conflict(_("This run has no model to ask."))
    with transaction.atomic():
        job = jobs.enqueue(
            SAMPLES_JOB, run.public_id, {}, queue=answers.QUEUE, now=now, max_attempts=answers.MAX_ATTEMPTS
        )
        if can_ask(run, job):
            jobs.reopen(job, now=now)
    return job


def can_ask(run: Run, job: Job | None) -> bool:
    """Whether asking brings answers: nobody asked yet, or records whose answers stood here were taken back since."""
    if job is None:
        return True
    if job.state != Job.State.DONE or len(of(run)) >= questions.SAMPLES:
        return False
    wanted = questions.samples(run)
    return Answer.objects.of(run, Speaker.TUNED).filter(record__in=wanted).count() < len(wanted)


def job_of(run: Run) -> Job | None:
    """The job that writes them, if somebody asked for them."""
    return Job.objects.filter(kind=SAMPLES_JOB, key=str(run.public_id)).first()


def of(run: Run) -> list[Sample]:
    """The answers so far. One whose record was taken back is shown no more, one that people are judging not yet."""
    found = Answer.objects.of(run, Speaker.TUNED).filter(record__submission__state__in=LIVE_STATES)
    judged = Pairing.objects.filter(
        comparison__state__in=[ComparisonState.ANSWERING, ComparisonState.OPEN]
    ).values("record")
    texts = found.exclude(record__in=judged).select_related(
        "record__version__category", "record__version__passage"
    )
    held_out = set(held_out_lines(run))
    shown = texts.order_by("created_at", "pk")[: questions.SAMPLES]
    return [Sample(answer, answer.record.position + 1 in held_out) for answer in shown]


def handle(lease: jobs.Lease) -> None:
    """Answer what is not answered yet. A lost model is tried again, and then the job is quarantined."""
    run = Run.objects.select_related("release").filter(public_id=lease.job.key).first()
    if run is not None:
        answers.write(run, Speaker.TUNED, list(questions.texts_of(questions.samples(run))), lease)
    with lease.finishing(now=lease.clock()):
        return
