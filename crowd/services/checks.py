"""The job that checks a version: it keeps what was found and hands the submission to the reviewers."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Model

from crowd.domain import checks
from crowd.domain.wiki import UNVERIFIED
from crowd.domain.workflow import Action, State
from crowd.models import Finding, Version
from crowd.services import duplicates, jobs, passages, transitions, wiki
from crowd.services.errors import Conflict

JOB = "check"


def enqueue(version: Version, *, now: datetime, cause: Sequence[Model] = ()) -> None:
    """Ask for a version to be checked and its passage to be verified, in the transaction that made it.

    `cause` are rows still to be stored, the version among them.
    """
    key = f"{version.submission_id}:{version.number}"
    jobs.enqueue(JOB, key, {"version": version.pk}, now=now, cause=cause)
    wiki.enqueue(version, now=now)


def handle(lease: jobs.Lease) -> None:
    """The job: find, keep what was found, index the version and hand the submission to the reviewers."""
    version = Version.objects.select_related("submission", "category", "passage").get(
        pk=lease.job.payload["version"]
    )
    pair = checks.Pair(version.category.key, version.instruction, version.context, version.response)
    found = checks.check(pair, version.category.rule) + passages.remarks_on(version.passage)
    now = lease.clock()
    # Visible to others before this one looks: of two that are checked at once, one finds the other.
    duplicates.index([version])
    look_alikes = duplicates.look_alikes_of(version)
    with lease.finishing(now=now):
        keep_findings(version, found)
        duplicates.keep_look_alikes(version, look_alikes)
        Version.objects.filter(pk=version.pk).update(checked_at=now)
        _hand_to_reviewers(version, now=now)


def keep_findings(version: Version, found: Sequence[checks.Finding]) -> None:
    """Store what was found in this version, in place of what an earlier check found; the wiki's word stands."""
    if version.checked_at:
        version.findings.exclude(rule=UNVERIFIED).delete()
    Finding.objects.bulk_create(as_rows(version, found))


def as_rows(version: Version, found: Sequence[checks.Finding]) -> list[Finding]:
    """Findings as rows that are not stored yet."""
    return [
        Finding(
            version=version,
            rule=finding.rule,
            severity=finding.severity,
            field=finding.field,
            start=finding.start,
            end=finding.end,
            message=finding.message,
        )
        for finding in found
    ]


def _hand_to_reviewers(version: Version, *, now: datetime) -> None:
    submission = version.submission
    if submission.state != State.CHECKING or submission.current_version_id != version.pk:
        return
    try:
        transitions.move(submission, Action.PASS_CHECKS, now=now, version=version.number)
    except Conflict:
        # Withdrawn between our read and now: its findings are kept, and there is nothing to review.
        return
