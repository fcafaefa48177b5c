"""A person's rights over what they gave: withdraw all of it, and leave. Each is one transaction, whole or not at all."""

from datetime import datetime

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from crowd.domain.rights import WITHDRAWABLE, Records, erased_email
from crowd.domain.workflow import Action, State
from crowd.models import Claim, Draft, IdempotencyKey, Person, Submission, Version
from crowd.models.person import Role
from crowd.models.submission import SubmissionQuerySet
from crowd.services import events, points, rights_parts, sign_ins, transitions
from crowd.services.errors import Conflict, NotAllowed

CHUNK = 1_000


class LastAdmin(NotAllowed):
    """Nobody would be left to run the contest."""

    def __init__(self) -> None:
        super().__init__(
            _(
                "You are the only admin. Please make somebody else an admin first, so that the contest goes on."
            )
        )


@transaction.atomic
def withdraw_all(person: Person, *, now: datetime) -> int:
    """The author takes back everything that can be taken back. Returns how many submissions."""
    return _withdraw(Submission.objects.by(person), person=person, now=now)


def leave(person: Person, *, records: Records, now: datetime) -> int:
    """Erase who the person is; their row stays as the nameless author of what they wrote.

    Returns how many submissions were withdrawn. Raises LastAdmin, and Conflict where they have left already.
    """
    # Before the transaction: on a site with many sessions it takes a while. One begun meanwhile is nobody's.
    sessions = sign_ins.sessions_of(person)
    with transaction.atomic():
        held = _hold(person)
        withdrawn = _withdraw(_not_kept(held, records), person=held, now=now)
        Claim.objects.filter(reviewer=held, ended_at=None).update(ended_at=now)
        Draft.objects.of(held).delete()
        IdempotencyKey.objects.filter(person=held).delete()
        for part in rights_parts.parts():
            part.forget(held)
        sign_ins.end(held, sessions)
        _erase(held, now=now)
        data = {"records": records.value, "withdrawn": withdrawn}
        events.record("person", held.pk, "leave", now=now, actor=held, data=data)
    return withdrawn


def _hold(person: Person) -> Person:
    """The person's row as it is now, held with those of all admins: two who leave at once must not both be let go.

    Held so that nobody who is sending something for them is between two steps (`people.hold`), while rows that only
    point at them, such as a colleague's decision, can still be stored.
    """
    theirs_or_admins = Q(pk=person.pk) | Q(role=Role.ADMIN, is_active=True)
    rows = list(Person.objects.filter(theirs_or_admins).select_for_update(no_key=True).order_by("pk"))
    held = next((row for row in rows if row.pk == person.pk), None)
    if held is None or held.left_at is not None:
        raise Conflict(_("You have left already."))
    if held.is_admin and not any(row.is_admin for row in rows if row.pk != held.pk):
        raise LastAdmin
    return held


def _not_kept(person: Person, records: Records) -> SubmissionQuerySet:
    """What goes with the person: all of it, or what could never get on without them, returned and never approved."""
    theirs = Submission.objects.by(person)
    return (
        theirs if records is Records.WITHDRAW else theirs.filter(state=State.RETURNED, approved_version=None)
    )


def _withdraw(submissions: SubmissionQuerySet, *, person: Person, now: datetime) -> int:
    """Withdraw those of these that can be, whatever happens to them meanwhile: each is held before its state is read.

    Claims are ended first, as a decision does: two that each hold what the other waits for would end one of them.
    """
    Claim.objects.filter(submission__in=submissions, ended_at=None).update(ended_at=now)
    keys = list(submissions.filter(state__in=WITHDRAWABLE).order_by("pk").values_list("pk", flat=True))
    withdrawn = 0
    for start in range(0, len(keys), CHUNK):
        held = _held(keys[start : start + CHUNK])
        transitions.move_together(held, Action.WITHDRAW, now=now, actor=person)
        points.take_back_together(held, reason="withdrawn", now=now)
        withdrawn += len(held)
    return withdrawn


def _held(keys: list[int]) -> list[Submission]:
    """These submissions, held until the transaction ends, without those that were decided or withdrawn meanwhile."""
    waiting = Submission.objects.filter(pk__in=keys, state__in=WITHDRAWABLE).order_by("pk")
    held = list(waiting.select_for_update(no_key=True))
    # Read afterwards, without their texts: who was sending a new version had to be waited for. Not a prefetch: SQLite
    # refuses the one that Django writes for a thousand.
    versions = Version.objects.only("number", "category").in_bulk([row.current_version_id for row in held])
    for row in held:
        row.current_version = versions[row.current_version_id]
    return held


def _erase(person: Person, *, now: datetime) -> None:
    Person.objects.filter(pk=person.pk).update(
        email=erased_email(person.pk),
        name="",
        password=make_password(None),
        role=Role.CONTRIBUTOR,
        is_active=False,
        last_login=None,
        left_at=now,
    )
