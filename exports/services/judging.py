"""Comparisons of two models: let both answer, let people judge without knowing whose answer is whose, tell what came of it.

`move` alone changes a comparison's state. Nobody, whatever their role, is told how it stands before it is closed: to
look at the count and stop when it pleases would make any interval worthless.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q
from django.utils.translation import gettext as _

from crowd.models import Event, Job, Person
from crowd.services import events, jobs, people, rows
from crowd.services.errors import Conflict
from exports.domain import judging
from exports.domain.judging import Action, Choice, ComparisonState, Outcome
from exports.domain.run_workflow import RunState
from exports.models import Answer, Comparison, Judgement, Pairing, ReleaseRecord, Run, Speaker
from exports.services import answers, questions
from exports.services.run_results import held_out_lines

COMPARISON_SUBJECT: Final = "comparison"
COMPARISON_JOB: Final = "answer_comparison"
DEFAULT_QUESTIONS: Final = 20
MAX_QUESTIONS: Final = 200


@dataclass(frozen=True)
class Shown:
    """One question as a person judges it."""

    pairing: Pairing
    a: Answer
    b: Answer


def opponents(run: Run) -> list[Run]:
    """The other models on this site that held records out, the newest first."""
    others = Run.objects.for_listing().filter(state=RunState.SUCCEEDED).exclude(pk=run.pk)
    return [other for other in others if held_out_lines(other)]


def start(
    run: Run, against: Run | None, *, count: int, person: Person, seed: int, now: datetime
) -> Comparison:
    """Choose questions that neither model learned from, and let both answer them. Without `against` it is the run's base.

    Records that the model has not been asked yet come first: their answers are known to nobody. Raises Conflict.
    """
    if not run.has_model or (against and not against.has_model):
        raise Conflict(_("A run without a model cannot be judged."))
    if against is None and not run.began_from_base:
        raise Conflict(_("This model began from random weights: there is no base to hold it against."))
    records = questions.held_out_by_both(run, against) if against else questions.held_out(run)
    is_known = Exists(Answer.objects.of(run, Speaker.TUNED).filter(record=OuterRef("pk")))
    chosen = list(records.annotate(is_known=is_known).order_by("is_known", "position")[:count])
    if not chosen:
        raise Conflict(_("There is no record that they all held out, so there is nothing fair to ask."))
    with transaction.atomic():
        comparison = Comparison.objects.create(
            run=run,
            against=against,
            state=ComparisonState.ANSWERING,
            seed=seed,
            created_by=person,
            created_at=now,
        )
        Pairing.objects.bulk_create(Pairing(comparison=comparison, record=record) for record in chosen)
        _note(comparison, Action.ASK, now=now, actor=person, to_state=comparison.state)
        jobs.enqueue(
            COMPARISON_JOB,
            comparison.public_id,
            {},
            queue=answers.QUEUE,
            now=now,
            max_attempts=answers.MAX_ATTEMPTS,
        )
    return comparison


@transaction.atomic
def move(
    comparison: Comparison,
    action: Action,
    *,
    now: datetime,
    actor: Person | None = None,
    **changes: Any,
) -> None:
    """Change the state by compare-and-set, with the event in the same transaction. Raises Conflict where it cannot be."""
    before = comparison.state
    after = judging.next_state(before, action)
    if after is None:
        raise Conflict(_("This comparison is over."))
    columns = {"state": after.value, **changes}
    if not Comparison.objects.filter(pk=comparison.pk, state=before).update(**columns):
        raise Conflict(_("This comparison has just changed. Please look at it again."))
    for name, value in columns.items():
        setattr(comparison, name, value)
    _note(comparison, action, now=now, actor=actor, from_state=before, to_state=after)


def close(comparison: Comparison, *, person: Person, now: datetime) -> None:
    """End the judging: from now on everybody may know. Raises Conflict."""
    move(comparison, Action.CLOSE, now=now, actor=person, closed_at=now)


def handle(lease: jobs.Lease) -> None:
    """Let both models answer. A lost model is tried again, and then the job is quarantined."""
    comparison = Comparison.objects.for_listing().filter(public_id=lease.job.key).first()
    if comparison is None or not comparison.is_answering:
        with lease.finishing(now=lease.clock()):
            return
    records = list(questions.texts_of(_records(comparison)))
    try:
        for run, speaker in comparison.speakers:
            answers.write(run, speaker, records, lease, is_wanted=lambda: _is_answering(comparison))
    except answers.NoModel as error:
        _over(comparison, lease, Action.FAIL, message=str(error))
    except OSError:
        _over(comparison, lease, Action.FAIL, message=_("A model's folder cannot be used."))
    else:
        _over(comparison, lease, Action.OPEN, opened_at=lease.clock())


def on_quarantine(job: Job, now: datetime) -> None:
    """Every attempt lost its worker, or its model."""
    comparison = Comparison.objects.get(public_id=job.key)
    if comparison.is_answering:
        message = _("A model, or the worker that asked it, was lost time and again.")
        move(comparison, Action.FAIL, now=now, message=message)


def answered(comparison: Comparison) -> tuple[int, int]:
    """How many answers there are, and how many there will be."""
    records = comparison.pairings.values("record")
    done = sum(
        Answer.objects.of(run, speaker).filter(record__in=records).count()
        for run, speaker in comparison.speakers
    )
    return done, 2 * comparison.pairings.count()


def next_for(comparison: Comparison, *, person: Person) -> Shown | None:
    """The question that this person judges next: of those with the fewest judgements, in an order of their own."""
    unjudged = comparison.pairings.standing().unjudged_by(person).annotate(judges=Count("judgements"))
    turns = [
        (judges, judging.turn(seed=comparison.seed, question=pairing, person=person.pk), pairing)
        for pairing, judges in unjudged.values_list("pk", "judges")
    ]
    return _shown(comparison, min(turns)[-1], person=person) if turns else None


def judge(comparison: Comparison, pairing: Pairing, *, person: Person, choice: Choice, now: datetime) -> None:
    """Keep what a person found. Sent twice it is one judgement; raises Conflict for a second opinion, or when it is over."""
    with transaction.atomic():
        people.hold(person)
        # The row is written, so that closing waits for whoever is judging at this moment.
        if not Comparison.objects.filter(pk=comparison.pk, state=ComparisonState.OPEN).update(
            state=ComparisonState.OPEN
        ):
            raise Conflict(_("This comparison is not open for judging."))
        judgement = Judgement(
            pairing=pairing,
            person=person,
            tuned_is_first=_tuned_is_first(comparison, pairing, person),
            choice=choice,
            created_at=now,
        )
        if rows.insert_if_new(judgement):
            return
    if Judgement.objects.get(pairing=pairing, person=person).choice != choice:
        raise Conflict(_("You have judged this question already."))


def progress(comparisons: Collection[Comparison], *, person: Person) -> dict[int, tuple[int, int]]:
    """By a comparison's key: how many of its questions the person has judged, and of how many."""
    pairings = Pairing.objects.filter(comparison__in=[found.pk for found in comparisons]).standing()
    judged = Count("pk", filter=Q(judgements__person=person), distinct=True)
    counts = pairings.values("comparison").annotate(done=judged, total=Count("pk", distinct=True)).order_by()
    by_key = {row["comparison"]: (row["done"], row["total"]) for row in counts}
    return {found.pk: by_key.get(found.pk, (0, 0)) for found in comparisons}


def turnout(comparison: Comparison) -> dict[str, int]:
    """How many took part, without what they found."""
    judgements = Judgement.objects.filter(pairing__comparison=comparison)
    return judgements.aggregate(judgements=Count("pk"), judges=Count("person", distinct=True))


def outcome(comparison: Comparison) -> Outcome | None:
    """What a closed comparison came to; None before that."""
    if not comparison.is_closed:
        return None
    found = Judgement.objects.filter(pairing__comparison=comparison)
    return judging.outcome(
        (pairing, judging.verdict(choice, tuned_is_first=tuned_is_first))
        for pairing, choice, tuned_is_first in found.values_list("pairing", "choice", "tuned_is_first")
    )


def outcomes(run: Run) -> list[tuple[Comparison, Outcome]]:
    """Every closed comparison that this run's model was judged in, and somebody took part."""
    closed = Comparison.objects.for_listing().filter(run=run, state=ComparisonState.CLOSED)
    found = [(comparison, outcome(comparison)) for comparison in closed]
    return [(comparison, what) for comparison, what in found if what and what.judgements.total]


def _shown(comparison: Comparison, pairing: int, *, person: Person) -> Shown:
    """A question with its two answers, in the order in which this person sees them."""
    found = Pairing.objects.with_texts().get(pk=pairing)
    tuned, other = (
        Answer.objects.of(run, speaker).get(record=found.record_id) for run, speaker in comparison.speakers
    )
    is_first = _tuned_is_first(comparison, found, person)
    return Shown(found, a=tuned, b=other) if is_first else Shown(found, a=other, b=tuned)


def _records(comparison: Comparison) -> list[ReleaseRecord]:
    return [pairing.record for pairing in comparison.pairings.select_related("record").order_by("pk")]


def _is_answering(comparison: Comparison) -> bool:
    return Comparison.objects.filter(pk=comparison.pk, state=ComparisonState.ANSWERING).exists()


def _over(comparison: Comparison, lease: jobs.Lease, action: Action, **changes: Any) -> None:
    """The answering's end and its job's, or neither."""
    comparison.refresh_from_db(fields=["state"])
    now = lease.clock()
    with lease.finishing(now=now):
        if comparison.is_answering:  # somebody may have closed it meanwhile
            move(comparison, action, now=now, **changes)


def _tuned_is_first(comparison: Comparison, pairing: Pairing, person: Person) -> bool:
    return judging.tuned_is_first(seed=comparison.seed, question=pairing.pk, person=person.pk)


def _note(comparison: Comparison, action: Action, **facts: Any) -> Event:
    return events.record(COMPARISON_SUBJECT, comparison.public_id, action, **facts)
