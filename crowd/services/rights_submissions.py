"""The file of a person's download that holds what they sent: every version, what was found, what was decided, and why."""

import json
from collections import defaultdict
from collections.abc import Collection, Iterator

from django.utils.translation import gettext_lazy as _

from crowd.domain.names import Names
from crowd.models import Event, Passage, Person, Submission, Version
from crowd.services import rights_parts
from crowd.services.rights_parts import File, Row, Use
from crowd.services.transitions import SUBJECT

# With every version and its findings, some megabytes at most.
CHUNK = 200


def submissions(person: Person) -> Iterator[Row]:
    """Each submission with all that hangs on it, a chunk at a time, the first sent first."""
    names = Names(
        Person.objects.exclude(pk=person.pk).exclude(name="").values_list("name", flat=True).iterator()
    )
    last = 0
    while chunk := _chunk(person, after=last):
        uses = rights_parts.uses_of([submission.pk for submission in chunk])
        history = _history(chunk, person, names)
        for submission in chunk:
            yield _submission(submission, names) | {
                "history": history[str(submission.public_id)],
                "used": [_use(use) for use in uses.get(submission.pk, ())],
            }
        last = chunk[-1].pk


SUBMISSIONS = File(
    "submissions.json",
    _(
        "What you sent: every version, what the checks found, what was decided and why, and where it was used."
    ),
    submissions,
    ("crowd.Submission.author", "crowd.Decision.author"),
)


def _chunk(person: Person, *, after: int) -> list[Submission]:
    rows = Submission.objects.by(person).filter(pk__gt=after).order_by("pk")
    related = (
        "versions__category",
        "versions__passage",
        "versions__grant__wording",
        "versions__findings",
        "versions__look_alikes",
        "versions__decision__reviewer",
        "points",
    )
    with_all = rows.select_related("contest", "approved_version").defer(
        "approved_version__instruction", "approved_version__response"
    )
    return list(with_all.prefetch_related(*related)[:CHUNK])


def _history(chunk: Collection[Submission], person: Person, names: Names) -> dict[str, list[Row]]:
    """What happened to each of these, the first event first. Who else did it is not told, nor what they call themselves."""
    history: dict[str, list[Row]] = defaultdict(list)
    ids = [str(submission.public_id) for submission in chunk]
    events = Event.objects.filter(subject_kind=SUBJECT, subject_id__in=ids).select_related("actor")
    for event in events.order_by("seq"):
        is_own = event.actor_id == person.pk
        signature = event.actor.name if event.actor else ""
        history[event.subject_id].append(
            {
                "at": event.at,
                "by": "you" if is_own else "somebody else" if event.actor_id else "the site",
                "action": event.action,
                "from": event.from_state,
                "to": event.to_state,
                "version": event.version,
                "reason": event.reason if is_own else names.hidden_in(event.reason, signed_by=signature),
                "data": json.loads(event.data),
            }
        )
    return history


def _submission(submission: Submission, names: Names) -> Row:
    approved = submission.approved_version
    return {
        "id": submission.public_id,
        "state": submission.state,
        "contest": submission.contest.name if submission.contest else None,
        "created_at": submission.created_at,
        "updated_at": submission.updated_at,
        "approved_version": approved.number if approved else None,
        "points": sum(entry.amount for entry in submission.points.all()),
        "versions": [_version(version, names) for version in submission.versions.all()],
    }


def _version(version: Version, names: Names) -> Row:
    return {
        "number": version.number,
        "category": version.category.key,
        "instruction": version.instruction,
        "context": version.context,
        "response": version.response,
        "passage": _passage(version.passage),
        "worded_by": "a reviewer" if version.edited_by_id else "you",
        "origin": version.origin,
        "licence": version.licence,
        "grant_wording": version.grant.wording.number if version.grant else None,
        "sha256": version.sha256,
        "created_at": version.created_at,
        "checked_at": version.checked_at,
        "findings": [
            {
                "rule": finding.rule,
                "severity": finding.severity,
                "field": finding.field,
                "start": finding.start,
                "end": finding.end,
                "message": finding.message,
                "found_at": finding.found_at,
            }
            for finding in version.findings.all()
        ],
        # Not why: that can quote the other text.
        "resembles": [
            {"kind": other.kind, "on": other.on, "score": other.score} for other in version.look_alikes.all()
        ],
        "decision": _decision(version, names),
    }


def _passage(passage: Passage | None) -> Row | None:
    if passage is None:
        return None
    return {
        "wiki": passage.wiki,
        "title": passage.title,
        "url": passage.url,
        "revision_id": passage.revision_id or None,
        "section": passage.section,
        "licence": passage.licence,
        "retrieved_at": passage.retrieved_at,
        "verified_at": passage.verified_at,
    }


def _decision(version: Version, names: Names) -> Row | None:
    decision = getattr(version, "decision", None)
    if decision is None:
        return None
    return {
        "decision": decision.decision,
        "reason": names.hidden_in(decision.reason, signed_by=decision.reviewer.name),
        "at": decision.created_at,
    }


def _use(use: Use) -> Row:
    return {
        "release": use.release,
        "version": use.version,
        "released_at": use.released_at,
        "published_at": use.published_at,
        "models": list(use.models),
    }
