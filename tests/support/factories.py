"""Rows for tests: plain constructors, never services."""

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from crowd.domain.licences import GRANT_LICENCE, Origin
from crowd.domain.records import data_line, line_sha256
from crowd.domain.text import copy_hash
from crowd.domain.workflow import State
from crowd.models import (
    Category,
    Claim,
    Contest,
    Draft,
    Grant,
    GrantWording,
    Passage,
    Person,
    Source,
    Submission,
    Version,
)
from crowd.services.passages import sha256_of

PASSWORD = "correct horse battery staple"
# A Wednesday, well inside any contest.
NOW = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
PASSAGE_URL = "https://en.wikipedia.org/w/index.php?title=Common_swift&oldid=1207"

_numbers = count(1)


def make_person(name: str, *, role: str = "contributor", **fields: Any) -> Person:
    """Somebody of the cast, who signs in as NAME@flock.example with PASSWORD."""
    return Person.objects.create_user(
        f"{name}@flock.example", PASSWORD, name=name.title(), role=role, **fields
    )


def make_grant(person: Person) -> Grant:
    """The person accepted the current wording."""
    grant, _ = Grant.objects.get_or_create(
        person=person, wording=GrantWording.objects.current(), defaults={"accepted_at": NOW}
    )
    return grant


def make_passage(text: str = "Swifts sleep on the wing.", **fields: Any) -> Passage:
    """A passage of a Wikipedia revision."""
    defaults = {
        "wiki": "en.wikipedia.org",
        "title": "Common swift",
        "revision_id": 1207,
        "url": PASSAGE_URL,
        "licence": GRANT_LICENCE,
        "sha256": sha256_of(text),
        "retrieved_at": NOW,
    }
    return Passage.objects.create(text=text, **(defaults | fields))


def make_source(name: str = "dolly", *, licence: str = "CC-BY-SA-3.0", origin: str = "human") -> Source:
    return Source.objects.create(name=name, licence=licence, origin=origin)


def make_submission(
    author: Person | None = None,
    *,
    state: str = State.IN_REVIEW,
    category: str = "open_qa",
    instruction: str | None = None,
    response: str | None = None,
    passage: Passage | None = None,
    source: Source | None = None,
    origin: str | None = None,
    licence: str | None = None,
    created_at: datetime = NOW,
) -> Submission:
    """A submission with one version, by an author of the open contest or of an imported source."""
    number = next(_numbers)
    instruction = instruction or f"Why is the number {number} on the door?"
    response = response or f"Because somebody counted the doors, and this one came after {number - 1} others."
    context = passage.text if passage else ""
    submission = Submission.objects.create(
        author=author,
        source=source,
        contest=Contest.objects.open().first() if author else None,
        state=state,
        copy_hash=copy_hash(instruction, context, response),
        created_at=created_at,
        updated_at=created_at,
    )
    version = Version.objects.create(
        submission=submission,
        number=1,
        category=Category.objects.get(key=category),
        instruction=instruction,
        response=response,
        passage=passage,
        grant=make_grant(author) if author else None,
        origin=origin or (source.origin if source else Origin.HUMAN),
        licence=licence or (source.licence if source else GRANT_LICENCE),
        sha256=line_sha256(data_line(instruction, context, response, category)),
        created_at=created_at,
        checked_at=None if state == State.CHECKING else created_at,
    )
    submission.current_version = version
    if state == State.APPROVED:
        submission.approved_version, submission.approved_copy_hash = version, submission.copy_hash
    submission.save()
    return submission


def make_claim(submission: Submission, reviewer: Person, *, now: datetime = NOW, minutes: int = 30) -> Claim:
    """A reviewer's hold on a submission, from now on."""
    return Claim.objects.create(
        submission=submission,
        version=submission.current_version,
        reviewer=reviewer,
        created_at=now,
        expires_at=now + timedelta(minutes=minutes),
    )


def make_draft(person: Person, *, category: str = "open_qa", **fields: Any) -> Draft:
    """What a person has typed and not sent."""
    return Draft.objects.create(
        person=person,
        category=Category.objects.get(key=category),
        created_at=NOW,
        updated_at=NOW,
        **{"instruction": "Why do swifts scream?", "response": "To find each other at dusk."} | fields,
    )
