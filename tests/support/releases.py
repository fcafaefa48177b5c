"""Records, approved pairs and releases for tests."""

import json
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from crowd.domain.records import data_line, line_sha256
from crowd.domain.workflow import Action
from crowd.models import Decision, Person, Submission
from crowd.services import jobs, review, transitions
from crowd.services import submission as submissions
from exports import queries
from exports.domain.record import Grant, Passage, Record, Source, Texts
from exports.domain.release import Choice
from exports.models import Release
from exports.services import release as releases
from exports.services import release_job
from exports.services.release_folder import place
from tests.support.factories import NOW, PASSAGE_URL, make_claim, make_passage, make_submission

GRANT = Grant(wording="1", sha256="a" * 64, licence="CC-BY-SA-4.0")
DOLLY = Source(name="dolly", licence="CC-BY-SA-3.0", origin="human", attribution="")
ALPACA = Source(name="alpaca", licence="CC-BY-NC-4.0", origin="model", attribution="")
PAGE = Passage(
    wiki="en.wikipedia.org",
    title="Common swift",
    page_id=7,
    revision_id=1207,
    section="",
    url=PASSAGE_URL,
    licence="CC-BY-SA-4.0",
    sha256="b" * 64,
    is_verified=True,
)
AFTER_THE_LEASE = NOW + release_job.LEASE + timedelta(seconds=1)


class Crash(BaseException):
    """As abrupt as Python allows."""


def make_record(**changes: Any) -> Record:
    """A record that alice wrote here and that any release may hold."""
    texts = changes.pop("texts", Texts("Why do swifts scream?", "", "To find each other at dusk."))
    category = changes.get("category", "open_qa")
    line = data_line(texts.instruction, texts.context, texts.response, category)
    record = Record(
        id="5f6d2c1e-0000-4000-8000-000000000001",
        version=1,
        category=category,
        line=line,
        origin="human",
        licence="CC-BY-SA-4.0",
        author=1,
        grant=GRANT,
        source=None,
        passage=None,
        reviews=(),
        checks=(),
        sha256=line_sha256(line),
    )
    return replace(record, **changes)


def make_imported(source: Source = DOLLY, **changes: Any) -> Record:
    """A record of an imported dataset."""
    facts = {
        "licence": source.licence,
        "origin": source.origin,
        "author": None,
        "grant": None,
        "source": source,
    }
    return make_record(**(facts | changes))


def make_approved(author: Person, reviewer: Person | None = None, **fields: Any) -> Submission:
    """An approved pair, with the reviewer's decision."""
    submission = make_submission(author, state="approved", **fields)
    if reviewer is not None:
        Decision.objects.create(
            submission=submission,
            version=submission.current_version,
            reviewer=reviewer,
            author=author,
            decision="approve",
            reason="fine: call me at rita@flock.example",
            created_at=NOW,
        )
    return submission


def make_contributions(author: Person, reviewer: Person) -> list[Submission]:
    """Three approved pairs, one of them about a passage."""
    passage = make_passage()
    return [
        make_approved(author, reviewer),
        make_approved(author, reviewer, category="creative_writing"),
        make_approved(author, reviewer, category="closed_qa", passage=passage),
    ]


def make_release(version: str = "1.0.0", choice: Choice | None = None, *, published: bool = False) -> Release:
    """A release of what is approved, with its files: only the service makes those."""
    release = releases.cut_here(version, choice or Choice(), clock=lambda: NOW)
    if published:
        releases.publish(release, now=NOW)
    return release


def run_job(release: Release, now: datetime = NOW) -> bool:
    """Do the job of a release that is being cut, as a worker would."""
    job = queries.cut_job(release)
    return jobs.run(job.pk, job.attempt, owner="worker:1", clock=lambda: now)


def provenance(version: str = "1.0.0") -> list[dict[str, Any]]:
    """What a release tells of each of its records, in the order of its lines."""
    return [json.loads(line) for line in (place(version) / "provenance.jsonl").read_bytes().splitlines()]


def visible() -> list[str]:
    """What lies in the folder of releases."""
    return sorted(path.name for path in place("x").parent.iterdir())


def correct(
    submission: Submission, reviewer: Person, *, now: datetime = NOW, response: str = ""
) -> Submission:
    """The author sends another response, and a reviewer approves it: the same record with another text."""
    texts = submission.current_version
    content = submissions.Content(
        texts.category,
        texts.instruction,
        response or f"{texts.response} And so it has stayed.",
        context=texts.context,
        passage_url=texts.passage.url if texts.passage else "",
    )
    submissions.resubmit(submission, content, person=submission.author, now=now)
    transitions.move(submission, Action.PASS_CHECKS, now=now)
    claim = make_claim(submission, reviewer, now=now)
    return review.decide(claim, decision="approve", version=submission.current_version.number, now=now)


def take_back(submission: Submission, *, now: datetime = NOW) -> None:
    """The author withdraws it."""
    submissions.withdraw(submission, person=submission.author, now=now)
