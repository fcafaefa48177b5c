"""What pages and the API show, read in few queries. Nothing here writes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Sum

from crowd.domain.workflow import LIVE_STATES, State
from crowd.models import (
    Category,
    Claim,
    Contest,
    ContestCategory,
    Decision,
    Draft,
    Event,
    Job,
    LookAlike,
    Person,
    PointEntry,
    Submission,
    Version,
    WorkerSighting,
    stands,
)

PERIODS = ("day", "week", "all")


@dataclass(frozen=True)
class CategoryProgress:
    """How far a category of the contest is: `approved` of `target`."""

    key: str
    name: str
    asks: str
    needs_passage: bool
    approved: int
    in_progress: int
    target: int
    points: int


@dataclass(frozen=True)
class Standing:
    """A line of the leaderboard. Equal points share a rank."""

    rank: int
    person: Person
    points: int
    approved: int


def contest_to_show() -> Contest | None:
    """The contest that people see: the open one, or else the newest that has begun."""
    seen = Contest.objects.exclude(state=Contest.State.DRAFT)
    return Contest.objects.open().first() or seen.order_by("-id").first()


def progress(contest: Contest) -> list[CategoryProgress]:
    """Every category of the contest that is on, in its order."""
    counts = {
        row["current_version__category"]: row
        for row in Submission.objects.filter(contest=contest)
        .values("current_version__category")
        .annotate(
            approved=Count("id", filter=Q(state=State.APPROVED)),
            in_progress=Count("id", filter=Q(state__in=[State.CHECKING, State.IN_REVIEW])),
        )
    }
    return [_category_progress(row, counts.get(row.category_id, {})) for row in on_offer(contest)]


def on_offer(contest: Contest) -> QuerySet[ContestCategory]:
    """The contest's categories that are on."""
    return contest.categories.filter(is_on=True).select_related("category")


def is_wanted(category: Category, *, now: datetime) -> bool:
    """Whether something of this category can be sent now."""
    contest = contest_to_show()
    return (
        contest is not None
        and contest.accepts_at(now)
        and on_offer(contest).filter(category=category).exists()
    )


def _category_progress(row: ContestCategory, counts: dict[str, Any]) -> CategoryProgress:
    return CategoryProgress(
        key=row.category.key,
        name=row.category.name,
        asks=row.category.asks,
        needs_passage=row.category.needs_passage,
        approved=counts.get("approved", 0),
        in_progress=counts.get("in_progress", 0),
        target=row.target,
        points=row.points,
    )


def leaderboard(
    contest: Contest, *, now: datetime, period: str = "all", category: str | None = None
) -> list[Standing]:
    """Everybody with points in the period, the highest first; days and weeks are the contest's own."""
    entries = PointEntry.objects.filter(contest=contest)
    begun = period_start(contest, now=now, period=period)
    if begun is not None:
        entries = entries.filter(created_at__gte=begun)
    if category:
        entries = entries.filter(category__key=category)
    sums = list(
        entries.values("person")
        .annotate(
            points=Sum("amount"),
            approved=Count("id", filter=Q(amount__gt=0)) - Count("id", filter=Q(amount__lt=0)),
        )
        .filter(points__gt=0)
        .order_by("-points", "person")
    )
    people = Person.objects.in_bulk([row["person"] for row in sums])
    ranks = _ranks([row["points"] for row in sums])
    return [
        Standing(rank, people[row["person"]], row["points"], row["approved"])
        for rank, row in zip(ranks, sums, strict=True)
    ]


def period_start(contest: Contest, *, now: datetime, period: str) -> datetime | None:
    """When the running day or week (from Monday) began in the contest's zone; None for all time."""
    if period == "all":
        return None
    midnight = now.astimezone(contest.zone).replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight if period == "day" else midnight - timedelta(days=midnight.weekday())


def _ranks(points: Sequence[int]) -> list[int]:
    first_at: dict[int, int] = {}
    return [first_at.setdefault(value, position) for position, value in enumerate(points, start=1)]


def submissions_of(person: Person) -> QuerySet[Submission]:
    """A person's own submissions, the newest first."""
    return Submission.objects.by(person).with_texts().order_by("-created_at", "-id")


def verdict_on(submission: Submission) -> Event | None:
    """What returned or rejected a submission, where it is."""
    if submission.state not in {State.RETURNED, State.REJECTED}:
        return None
    return Event.objects.about("submission", submission.public_id).filter(to_state=submission.state).last()


def reason_of(submission: Submission) -> str | None:
    """Why a submission was returned or rejected, where it is."""
    verdict = verdict_on(submission)
    return verdict.reason if verdict else None


def points_of(submission: Submission) -> int:
    """What a submission has earned, less what was taken back."""
    return submission.points.aggregate(sum=Sum("amount"))["sum"] or 0


def stored_look_alikes(version: Version) -> QuerySet[LookAlike]:
    """What a version was found to resemble that still stands, the most similar first."""
    return (
        version.look_alikes.filter(stands("other__"))
        .select_related("other__submission", "other__category", "other__passage")
        .order_by("-score", "id")
    )


def drafts_of(person: Person) -> QuerySet[Draft]:
    """A person's drafts, the last touched first."""
    return Draft.objects.of(person).for_listing()


def counts_by_state(person: Person) -> dict[str, int]:
    """How many of a person's submissions stand where."""
    rows = Submission.objects.by(person).values("state").annotate(count=Count("id")).order_by()
    return {row["state"]: row["count"] for row in rows}


def points_in(contest: Contest, person: Person) -> int:
    """What a person has earned in a contest."""
    return PointEntry.objects.filter(person=person, contest=contest).aggregate(sum=Sum("amount"))["sum"] or 0


def writers_in(contest: Contest) -> int:
    """How many people have sent something."""
    return Submission.objects.filter(contest=contest).values("author").distinct().count()


def history_of(submission: Submission) -> QuerySet[Event]:
    """What happened to a submission, the first event first."""
    return Event.objects.about("submission", submission.public_id)


def held_claim(reviewer: Person, *, now: datetime) -> Claim | None:
    """What a reviewer holds right now."""
    return Claim.objects.standing(now).filter(reviewer=reviewer, submission__state=State.IN_REVIEW).first()


def by_category(submissions: QuerySet[Submission]) -> list[dict[str, Any]]:
    """How many of these submissions each category has: key, name, count."""
    return list(
        submissions.values(key=F("current_version__category__key"), name=F("current_version__category__name"))
        .annotate(count=Count("id"))
        .order_by("current_version__category__position")
    )


def decided_today(reviewer: Person, *, now: datetime) -> int:
    """How many decisions a reviewer has made on the contest's day, which is the leaderboard's; in UTC where there is none."""
    day_began = period_start(contest_to_show() or Contest(), now=now, period="day")
    return Decision.objects.filter(reviewer=reviewer, created_at__gte=day_began).count()


def jobs_by_state() -> dict[str, int]:
    """How many jobs stand where."""
    rows = Job.objects.values("state").annotate(count=Count("id")).order_by()
    return {row["state"]: row["count"] for row in rows}


def running_jobs() -> QuerySet[Job]:
    """What the workers hold now, the longest held first."""
    return Job.objects.filter(state=Job.State.RUNNING).order_by("id")


def sightings() -> QuerySet[WorkerSighting]:
    """Every worker of the last day, the last heard first."""
    return WorkerSighting.objects.order_by("-seen_at")


def count_checking() -> int:
    """How many submissions are not yet with the reviewers."""
    return Submission.objects.filter(state=State.CHECKING).count()
