"""The files of a person's download that this app knows: a row of plain values for each thing that is stored."""

import json
from collections.abc import Iterator

from django.contrib.admin.models import LogEntry
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from crowd.models import (
    Claim,
    Decision,
    Draft,
    Event,
    Grant,
    IdempotencyKey,
    Person,
    PointEntry,
    Recheck,
    Version,
)
from crowd.services import sign_ins
from crowd.services.rights_parts import File, Part, Row
from crowd.services.rights_submissions import SUBMISSIONS

KIND = "person"


def account(person: Person) -> Iterator[Row]:
    """Who the person is here."""
    yield {
        "e-mail": person.email,
        "name": person.name,
        "role": person.role,
        "is_active": person.is_active,
        "joined_at": person.joined_at,
        "last_sign_in_at": person.last_login,
    }


def grants(person: Person) -> Iterator[Row]:
    """What they accepted, in the words they saw."""
    for grant in Grant.objects.filter(person=person).select_related("wording").order_by("pk"):
        wording = grant.wording
        yield {
            "wording": wording.number,
            "accepted_at": grant.accepted_at,
            "licence": wording.licence,
            "sha256": wording.sha256,
            "text": wording.text,
        }


def drafts(person: Person) -> Iterator[Row]:
    """What they typed and did not send."""
    for draft in Draft.objects.of(person).for_listing().iterator():
        yield {
            "id": draft.public_id,
            "category": draft.category.key,
            "instruction": draft.instruction,
            "context": draft.context,
            "response": draft.response,
            "passage_url": draft.passage_url,
            "revises": draft.revises.public_id if draft.revises else None,
            "saves": draft.edit,
            "created_at": draft.created_at,
            "updated_at": draft.updated_at,
        }


def points(person: Person) -> Iterator[Row]:
    """Their entries of the ledger."""
    entries = PointEntry.objects.filter(person=person).select_related("contest", "category", "submission")
    for entry in entries.order_by("pk").iterator():
        yield {
            "amount": entry.amount,
            "reason": entry.reason,
            "submission": entry.submission.public_id,
            "category": entry.category.key,
            "contest": entry.contest.name,
            "at": entry.created_at,
        }


def events(person: Person) -> Iterator[Row]:
    """What they did, and what was done about their account. A text is named by its id; another person not at all."""
    about_them = Q(subject_kind=KIND, subject_id=str(person.pk))
    for event in Event.objects.filter(Q(actor=person) | about_them).order_by("seq").iterator():
        yield {
            "number": event.seq,
            "at": event.at,
            "by": "you" if event.actor_id == person.pk else "somebody else",
            "action": event.action,
            "on": event.subject_kind,
            "id": _subject(event, person),
            "from": event.from_state,
            "to": event.to_state,
            "version": event.version,
            # What somebody else wrote about an account stays with them.
            "reason": event.reason if event.actor_id == person.pk else "",
            "data": json.loads(event.data),
        }


def _subject(event: Event, person: Person) -> str:
    if event.subject_kind != KIND:
        return event.subject_id
    return "you" if event.subject_id == str(person.pk) else "another person"


def claims(person: Person) -> Iterator[Row]:
    """What they held for review."""
    held = Claim.objects.filter(reviewer=person).select_related("submission", "version")
    for claim in held.order_by("pk").iterator():
        yield {
            "id": claim.public_id,
            "submission": claim.submission.public_id,
            "version": claim.version.number,
            "from": claim.created_at,
            "until": claim.expires_at,
            "ended_at": claim.ended_at,
        }


def decisions(person: Person) -> Iterator[Row]:
    """What they decided, without the texts and their authors."""
    made = Decision.objects.filter(reviewer=person).select_related("submission", "version")
    for decision in made.order_by("pk").iterator():
        yield {
            "submission": decision.submission.public_id,
            "version": decision.version.number,
            "decision": decision.decision,
            "reason": decision.reason,
            "at": decision.created_at,
        }


def edits(person: Person) -> Iterator[Row]:
    """Which versions of other people's texts they worded."""
    edited = (
        Version.objects.filter(edited_by=person)
        .select_related("submission")
        .only("number", "created_at", "submission__public_id")
    )
    for version in edited.order_by("pk").iterator():
        yield {
            "submission": version.submission.public_id,
            "version": version.number,
            "at": version.created_at,
        }


def keys(person: Person) -> Iterator[Row]:
    """The keys they sent with requests, so that none is done twice."""
    for key in IdempotencyKey.objects.filter(person=person).order_by("pk").iterator():
        yield {
            "key": key.key,
            "request_sha256": key.request_sha256,
            "status": key.status,
            "answer": key.answer,
            "at": key.created_at,
        }


def rechecks(person: Person) -> Iterator[Row]:
    """The re-runs of the checks that they began."""
    for recheck in Recheck.objects.filter(started_by=person).order_by("pk"):
        yield {
            "id": recheck.public_id,
            "state": recheck.state,
            "created_at": recheck.created_at,
            "finished_at": recheck.finished_at,
        }


def admin_site(person: Person) -> Iterator[Row]:
    """What the admin site noted of their changes. The things' names are left out: one may be a person's."""
    for entry in LogEntry.objects.filter(user=person).select_related("content_type").order_by("pk"):
        yield {
            "at": entry.action_time,
            "action": entry.get_action_flag_display(),
            "on": entry.content_type.model if entry.content_type else "",
        }


PART = Part(
    files=(
        File("account.json", _("Who you are here."), account),
        File(
            "sign-in.json",
            _(
                "How you come in: whether a password is set, open sessions, API tokens, single sign-on. No secrets."
            ),
            sign_ins.describe,
            (
                "account.EmailAddress.user",
                "socialaccount.SocialAccount.user",
                "knox.AuthToken.user",
            ),
        ),
        File(
            "grants.json",
            _("The licence grants you accepted, word for word."),
            grants,
            ("crowd.Grant.person",),
        ),
        File("drafts.json", _("What you typed and did not send."), drafts, ("crowd.Draft.person",)),
        SUBMISSIONS,
        File("points.json", _("The points you got and gave back."), points, ("crowd.PointEntry.person",)),
        File(
            "events.json",
            _("What you did here, and what was done about your account."),
            events,
            ("crowd.Event.actor",),
        ),
        File("claims.json", _("What you held for review."), claims, ("crowd.Claim.reviewer",)),
        File("decisions.json", _("What you decided as a reviewer."), decisions, ("crowd.Decision.reviewer",)),
        File(
            "edits.json",
            _("Which versions of other people's texts you worded as a reviewer."),
            edits,
            ("crowd.Version.edited_by",),
        ),
        File(
            "request-keys.json",
            _("Keys sent with requests, so that none is done twice."),
            keys,
            ("crowd.IdempotencyKey.person",),
        ),
        File(
            "rechecks.json",
            _("The re-runs of the checks that you began."),
            rechecks,
            ("crowd.Recheck.started_by",),
        ),
        File(
            "admin-site.json",
            _("What the admin site noted of your changes."),
            admin_site,
            ("admin.LogEntry.user",),
        ),
    ),
)
