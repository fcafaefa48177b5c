"""This app's part in a person's rights: in which releases their records are, which models learned from them, and what else of theirs is here."""

from collections import defaultdict
from collections.abc import Collection, Iterator

from django.conf import settings
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from crowd.models import Person
from crowd.services.rights_parts import File, Part, Row, Use, Uses
from exports.domain.pseudonym import pseudonym
from exports.domain.release import State
from exports.domain.run_workflow import RunState
from exports.models import Comparison, Judgement, Push, Question, Release, ReleaseRecord, Run, Signature


def uses(submissions: Collection[int]) -> Uses:
    """The finished releases that have these submissions, the newest first, with the models trained on each."""
    records = (
        ReleaseRecord.objects.filter(submission__in=submissions, release__state=State.READY)
        .order_by("-release__created_at", "-release__pk")
        .values_list(
            "submission_id",
            "release_id",
            "release__version",
            "version__number",
            "release__ready_at",
            "release__published_at",
        )
    )
    rows = list(records)
    models = _models_of({release for _submission, release, *_facts in rows})
    found: Uses = defaultdict(list)
    for submission, release, name, version, ready_at, published_at in rows:
        found[submission].append(Use(name, version, ready_at, published_at, models.get(release, ())))
    return found


def _models_of(releases: Collection[int]) -> dict[int, tuple[str, ...]]:
    """The names of the models that learned from each of these releases, the first trained first."""
    names: dict[int, tuple[str, ...]] = {}
    runs = Run.objects.filter(release__in=releases, state=RunState.SUCCEEDED).select_related("release")
    for run in runs.order_by("created_at", "pk"):
        names[run.release_id] = (*names.get(run.release_id, ()), run.name)
    return names


def pseudonyms(person: Person) -> Iterator[Row]:
    """What each release calls the person, for the releases that have something of theirs."""
    has_theirs = Release.objects.ready().filter(records__submission__author=person)
    for version in has_theirs.order_by("created_at", "pk").values_list("version", flat=True).distinct():
        yield {"release": version, "author": pseudonym(person.pk, release=version, key=settings.SECRET_KEY)}


def releases(person: Person) -> Iterator[Row]:
    """The releases that the person cut or published."""
    for release in Release.objects.filter(Q(created_by=person) | Q(published_by=person)).order_by("pk"):
        yield {
            "version": release.version,
            "state": release.state,
            "cut_at": release.created_at if release.created_by_id == person.pk else None,
            "published_at": release.published_at if release.published_by_id == person.pk else None,
        }


def signatures(person: Person) -> Iterator[Row]:
    """The signatures of releases that the person brought."""
    for signature in Signature.objects.filter(created_by=person).select_related("release").order_by("pk"):
        yield {
            "release": signature.release.version,
            "fingerprint": signature.fingerprint,
            "signature": signature.text,
            "at": signature.created_at,
        }


def runs(person: Person) -> Iterator[Row]:
    """The fine-tunes that the person asked for."""
    for run in Run.objects.filter(created_by=person).select_related("release").order_by("pk"):
        yield {
            "id": run.public_id,
            "release": run.release.version,
            "recipe": run.recipe,
            "overrides": run.overrides,
            "state": run.state,
            "created_at": run.created_at,
            "finished_at": run.finished_at,
        }


def comparisons(person: Person) -> Iterator[Row]:
    """The comparisons of two models that the person asked for."""
    for row in Comparison.objects.filter(created_by=person).select_related("run__release").order_by("pk"):
        yield {
            "id": row.public_id,
            "model": row.run.name,
            "state": row.state,
            "created_at": row.created_at,
            "closed_at": row.closed_at,
        }


def pushes(person: Person) -> Iterator[Row]:
    """The releases and models that the person sent to a hub."""
    rows = Push.objects.filter(created_by=person).select_related("release", "run__release")
    for push in rows.order_by("pk"):
        yield {
            "release": push.release.version if push.release else None,
            "model": push.run.name if push.run else None,
            "repository": push.repo_id,
            "only_looked": push.is_dry_run,
            "state": push.state,
            "created_at": push.created_at,
        }


def judgements(person: Person) -> Iterator[Row]:
    """Which answers the person found better; of a comparison that is still open without whose they were."""
    rows = Judgement.objects.filter(person=person).select_related("pairing__comparison").order_by("pk")
    for row in rows.iterator():
        comparison = row.pairing.comparison
        told = {"tuned_was_a": row.tuned_is_first} if comparison.is_closed else {}
        yield {
            "comparison": comparison.public_id,
            "question": row.pairing.public_id,
            "better": row.choice,
            "created_at": row.created_at,
            **told,
        }


def questions(person: Person) -> Iterator[Row]:
    """What the person asked a model, and what it answered."""
    for question in Question.objects.by(person).select_related("run__release").order_by("pk").iterator():
        yield {
            "id": question.public_id,
            "model": question.run.name,
            "instruction": question.instruction,
            "context": question.context,
            "state": question.state,
            "answer": question.answer,
            "created_at": question.created_at,
            "finished_at": question.finished_at,
        }


def forget(person: Person) -> None:
    """Delete what nobody but the person ever sees: their questions. A worker that is answering one finds nothing to write to."""
    Question.objects.by(person).delete()


PART = Part(
    files=(
        File("pseudonyms.json", _("What each release calls you in place of your name."), pseudonyms),
        File(
            "releases.json",
            _("The releases that you cut or published."),
            releases,
            ("exports.Release.created_by", "exports.Release.published_by"),
        ),
        File(
            "signatures.json",
            _("The signatures of releases that you brought."),
            signatures,
            ("exports.Signature.created_by",),
        ),
        File("runs.json", _("The fine-tunes that you asked for."), runs, ("exports.Run.created_by",)),
        File(
            "comparisons.json",
            _("The comparisons of two models that you asked for."),
            comparisons,
            ("exports.Comparison.created_by",),
        ),
        File(
            "pushes.json",
            _("The releases and models that you sent to a hub."),
            pushes,
            ("exports.Push.created_by",),
        ),
        File(
            "judgements.json",
            _("Which of two models' answers you found better."),
            judgements,
            ("exports.Judgement.person",),
        ),
        File(
            "questions.json",
            _("What you asked a model, and what it answered."),
            questions,
            ("exports.Question.person",),
        ),
    ),
    uses=uses,
    forget=forget,
)
