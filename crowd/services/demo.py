"""The demo: invented people with pairs in every state, made through the same services as a real contest's.

Every step is taken at a moment in the last two weeks, so that events, points and the leaderboard are genuine.
"""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.contrib.auth.hashers import make_password
from django.db import transaction

from crowd.domain.passages import parse_page_url
from crowd.domain.review import Decision
from crowd.domain.workflow import State
from crowd.models import Category, Contest, GrantWording, Job, Passage, Person, Submission
from crowd.services import checks, grants, jobs, passages, review, submission

FOLDER = Path(__file__).resolve().parent.parent / "demo"
DOMAIN = "flock.example"
WIKI = f"wiki.{DOMAIN}"

# Written in the README: a demo is for everybody who can reach the site, and production mode refuses it.
PASSWORD = "flock-demo"  # noqa: S105

PEOPLE = (
    ("alice", "Alice Moreau", "contributor"),
    ("bob", "Bob Lindqvist", "contributor"),
    ("carol", "Carol Okafor", "contributor"),
    ("dev", "Dev Raman", "contributor"),
    ("rita", "Rita Caldeira", "reviewer"),
    ("ravi", "Ravi Menon", "reviewer"),
    ("adam", "Adam Novak", "admin"),
    ("ada", "Ada Whitfield", "admin"),
)

CONTEST = {
    "name": "Write for Flock",
    "description": (
        "Four weeks, seven kinds of task, two minutes at a time: write the questions you would ask and the answers "
        "you would want to read. Together they become an open dataset, and a model that learns from all of us."
    ),
    "rules": "Your own words, no generative AI, and no source on the web but Wikipedia.",
}
BEGAN = timedelta(days=15)
LASTS = timedelta(days=29)
# Small, so that the bars show something.
TARGET = 12

DECISIONS = {
    State.APPROVED: Decision.APPROVE,
    State.RETURNED: Decision.RETURN,
    State.REJECTED: Decision.REJECT,
}


@dataclass(frozen=True)
class Seeded:
    """What the demo brought."""

    people: int
    submissions: int


def is_here() -> bool:
    """Whether somebody is here already: the demo only goes into a site without people."""
    return Person.objects.exists()


def people_here() -> list[Person]:
    """The demo's people, where this site has them: the sign-in page names them."""
    emails = [f"{key}@{DOMAIN}" for key, _name, _role in PEOPLE]
    return list(Person.objects.filter(email__in=emails, is_active=True).order_by("pk"))


def seed(*, now: datetime) -> Seeded:
    """Fill an empty site. All of it appears or nothing does, with or without a broker."""
    with jobs.without_bell(), transaction.atomic():
        return _seed(now)


def _seed(now: datetime) -> Seeded:
    _announce(now)
    people = _invite(now)
    kept = _keep_passages(now)
    pairs = sorted(_read("pairs.json"), key=lambda pair: -pair["days_ago"])
    # What is decided comes first: then the reviewer's next claim is always the pair that was just sent.
    decided = [pair for pair in pairs if pair["state"] != State.IN_REVIEW]
    waiting = [pair for pair in pairs if pair["state"] == State.IN_REVIEW]
    for number, pair in enumerate(decided + waiting):
        _send(pair, people, kept, at=_moment(pair, number, now=now))
    return Seeded(len(people), len(pairs))


def _announce(now: datetime) -> None:
    contest = Contest.objects.open().get()
    Contest.objects.filter(pk=contest.pk).update(
        **CONTEST, starts_at=now - BEGAN, ends_at=now - BEGAN + LASTS, created_at=now - BEGAN
    )
    contest.categories.update(target=TARGET)


def _invite(now: datetime) -> dict[str, Person]:
    """The people by e-mail. One hash serves all: it is the same password, and hashing takes its time on purpose."""
    password = make_password(PASSWORD)
    wording = GrantWording.objects.current()
    people = {}
    for key, name, role in PEOPLE:
        person = Person.objects.create(email=f"{key}@{DOMAIN}", name=name, role=role, password=password)
        grants.accept(person, version=wording.version, now=now - BEGAN)
        people[person.email] = person
    return people


def _keep_passages(now: datetime) -> dict[str, Passage]:
    kept = {}
    for passage in _read("passages.json"):
        page = parse_page_url(passage["url"], other_wikis=(WIKI,))
        kept[passage["slug"]] = passages.keep(
            passage["text"], page, title=passage["title"], now=now - BEGAN, licence=passage["licence"]
        )
    return kept


def _send(pair: dict[str, Any], people: dict[str, Person], kept: dict[str, Passage], *, at: datetime) -> None:
    passage = kept.get(pair["passage"])
    content = submission.Content(
        category=Category.objects.get(key=pair["category"]),
        instruction=pair["instruction"],
        response=pair["response"],
        context=passage.text if passage else "",
        passage_url=passage.url if passage else "",
    )
    sent = submission.submit(people[pair["author"]], content, now=at, passage=passage)
    _check(sent.submission, at=at + timedelta(seconds=4))
    if pair["state"] in DECISIONS:
        _decide(pair, people[pair["reviewer"]], at=at + timedelta(hours=2))


def _check(sent: Submission, *, at: datetime) -> None:
    """Do what a worker would do, here and now."""
    job = Job.objects.get(kind=checks.JOB, key=f"{sent.pk}:1")
    jobs.run(job.pk, job.attempt, owner="seed_demo", clock=lambda: at)


def _decide(pair: dict[str, Any], reviewer: Person, *, at: datetime) -> None:
    claim = review.claim_next(reviewer, now=at)
    if claim is None:
        raise RuntimeError(f"the demo's pair {pair['key']} did not reach the reviewers")
    answer = DECISIONS[State(pair["state"])]
    review.decide(claim, decision=answer, version=1, reason=pair["reason"], now=at + timedelta(minutes=6))


def _moment(pair: dict[str, Any], number: int, *, now: datetime) -> datetime:
    """When a pair was sent: on its day, some hours back, each at another minute."""
    return now - timedelta(days=pair["days_ago"], hours=3, minutes=7 * number % 60)


def _read(name: str) -> list[dict[str, Any]]:
    content: list[dict[str, Any]] = json.loads((FOLDER / name).read_text(encoding="utf-8"))
    return content
