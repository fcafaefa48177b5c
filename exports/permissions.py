"""Who may see which release, run, model, comparison and question. A stranger gets the same 404 as for one that does not exist."""

from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.http import Http404

from crowd.models import Person
from crowd.permissions import require_admin
from exports import queries
from exports.domain.release import is_version
from exports.models import Comparison, Question, Release, Run


def release_for(person: Person | AnonymousUser, version: str) -> Release:
    """A release that this person may read: a published one is everybody's, any other the admins'."""
    # PostgreSQL takes no text with a NUL in it, not even to look for.
    if not is_version(version):
        raise Http404
    release = queries.releases_for(as_person(person)).filter(version=version).first()
    if release is None:
        raise Http404
    return release


def as_person(user: Person | AnonymousUser) -> Person | None:
    """The signed-in person behind a request, or None for a passer-by."""
    return user if isinstance(user, Person) else None


def run_for(person: Person, public_id: UUID) -> Run:
    """A run. Runs are the admins' business."""
    require_admin(person)
    run = Run.objects.for_listing().filter(public_id=public_id).first()
    if run is None:
        raise Http404
    return run


def model_for(person: Person, public_id: UUID) -> Run:
    """A run that has a model. Models are the admins' business, as runs are."""
    run = run_for(person, public_id)
    if not run.has_model:
        raise Http404
    return run


def comparison_for(person: Person, public_id: UUID) -> Comparison:
    """A comparison of two models: everybody's to judge once the answers are there, before that the admins'."""
    shown = Comparison.objects.for_listing()
    found = (shown if person.is_admin else shown.shown_to_judges()).filter(public_id=public_id).first()
    if found is None:
        raise Http404
    return found


def own_question(person: Person, public_id: UUID) -> Question:
    """A question to a model, for the one who asked it. Nobody else ever sees it."""
    require_admin(person)
    question = Question.objects.by(person).select_related("run__release").filter(public_id=public_id).first()
    if question is None:
        raise Http404
    return question
