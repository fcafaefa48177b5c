"""The points ledger: approved work earns, and what no longer stands is taken back. Rows are only ever added."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Sum

from crowd.models import ContestCategory, PointEntry, Submission, Version


def award(submission: Submission, version: Version, *, now: datetime) -> None:
    """Enter what the approval of this version earns."""
    worth = ContestCategory.objects.filter(contest=submission.contest, category=version.category).first()
    if worth is None:
        return
    _enter(submission, version, amount=worth.points, reason="approved", now=now)


def take_back(submission: Submission, version: Version, *, reason: str, now: datetime) -> None:
    """Enter the reverse of what the submission still has."""
    standing = submission.points.aggregate(sum=Sum("amount"))["sum"] or 0
    if standing:
        _enter(submission, version, amount=-standing, reason=reason, now=now)


def take_back_together(submissions: Sequence[Submission], *, reason: str, now: datetime) -> None:
    """Do what `take_back` does to many at once. Their current versions are loaded."""
    versions = {submission.pk: submission.current_version for submission in submissions}
    standing = (
        PointEntry.objects.filter(submission__in=versions)
        .values_list("submission", "person", "contest")
        .annotate(sum=Sum("amount"))
        .exclude(sum=0)
    )
    PointEntry.objects.bulk_create(
        PointEntry(
            person_id=person,
            contest_id=contest,
            category_id=versions[submission].category_id,
            submission_id=submission,
            version=versions[submission],
            amount=-amount,
            reason=reason,
            created_at=now,
        )
        for submission, person, contest, amount in standing
    )


def _enter(submission: Submission, version: Version, *, amount: int, reason: str, now: datetime) -> None:
    if submission.author_id is None or submission.contest_id is None:
        return  # imported records have no author and earn nothing
    PointEntry.objects.create(
        person_id=submission.author_id,
        contest_id=submission.contest_id,
        category_id=version.category_id,
        submission=submission,
        version=version,
        amount=amount,
        reason=reason,
        created_at=now,
    )
