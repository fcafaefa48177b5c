"""Check a version and keep what was found. The job does it for a new one and hands the submission to the reviewers."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.db.models import Model, QuerySet

from crowd.domain import checks
from crowd.domain.recheck import compare
from crowd.domain.wiki import UNVERIFIED
from crowd.domain.workflow import Action, State
from crowd.models import CheckSet, Finding, Version
from crowd.services import duplicates, events, jobs, passages, transitions, wiki
from crowd.services.errors import Conflict

JOB = "check"
# A text takes milliseconds, unless many checks have to be cut off on it; loading their libraries takes some seconds.
LEASE = timedelta(seconds=120)
LIMIT = timedelta(seconds=110)

# How many findings of a rule had which outcome: one of `domain.recheck.OUTCOMES`.
Tally = Counter[tuple[str, str]]


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
    found = find(version)
    now = lease.clock()
    # Visible to others before this one looks: of two that are checked at once, one finds the other.
    duplicates.index([version])
    look_alikes = duplicates.look_alikes_of(version)
    with lease.finishing(now=now):
        keep_findings([(version, found)], with_set=current_set(now=now), now=now)
        duplicates.keep_look_alikes(version, look_alikes)
        _hand_to_reviewers(version, now=now)


def current_set(*, now: datetime) -> CheckSet:
    """The checks that this code has, as a row."""
    versions = {check.rule: check.version for check in checks.CHECKS}
    fingerprint = hashlib.sha256(events.canonical_json(versions).encode()).hexdigest()
    fields = {"versions": versions, "first_used_at": now}
    return CheckSet.objects.get_or_create(fingerprint=fingerprint, defaults=fields)[0]


def find(version: Version) -> list[checks.Finding]:
    """Return what all the checks say about a version now; the wiki's word about its passage is not theirs."""
    pair = checks.Pair(version.category.key, version.instruction, version.context, version.response)
    found = checks.check(pair, version.category.rule, checks=checks.CHECKS)
    # A dataset names no pages, and its licence stands for its passages.
    is_imported = version.submission.source_id is not None
    return found if is_imported else found + passages.remarks_on(version.passage)


def keep_findings(
    results: Sequence[tuple[Version, Sequence[checks.Finding]]], *, with_set: CheckSet | None, now: datetime
) -> Tally:
    """Store what was found in these versions, in the caller's transaction, and tell what is new about it.

    A finding that was there before stays the row it was. `with_set` is None where not all of the checks were run.
    """
    # First of all: who checks one of them at the same moment waits here, and then sees what was written.
    Version.objects.filter(pk__in=[version.pk for version, _found in results]).update(
        checked_at=now, checked_with=with_set
    )
    earlier = _findings_by_version([version for version, _found in results if version.checked_at])
    tally: Tally = Counter()
    new: list[Finding] = []
    gone: list[int] = []
    for version, found in results:
        compared = compare(earlier.get(version.pk, ()), found)
        new += as_rows(version, compared.new, now=now)
        gone += [row.pk for row in compared.gone]
        for row, finding in compared.kept:
            _update(row, finding)
        tally.update((finding.rule, "new") for finding in compared.new)
        tally.update((row.rule, "gone") for row in compared.gone)
        tally.update((kept.now.rule, "changed" if kept.is_changed else "unchanged") for kept in compared.kept)
    Finding.objects.filter(pk__in=gone).delete()
    Finding.objects.bulk_create(new)
    return tally


def as_rows(version: Version, found: Iterable[checks.Finding], *, now: datetime) -> list[Finding]:
    """Findings as rows that are not stored yet."""
    return [
        Finding(
            version=version,
            rule=finding.rule,
            rule_version=finding.version,
            severity=finding.severity,
            field=finding.field,
            start=finding.start,
            end=finding.end,
            message=finding.message,
            found_at=now,
        )
        for finding in found
    ]


def findings_of_checks() -> QuerySet[Finding]:
    """Every stored finding but the wiki's, which has a job of its own."""
    return Finding.objects.exclude(rule=UNVERIFIED)


def _findings_by_version(versions: Sequence[Version]) -> dict[int, list[Finding]]:
    earlier: dict[int, list[Finding]] = {}
    if versions:
        for row in findings_of_checks().filter(version__in=versions):
            earlier.setdefault(row.version_id, []).append(row)
    return earlier


def _update(row: Finding, finding: checks.Finding) -> None:
    """Bring a stored finding to what its check says now. Its place and the time of its discovery stay."""
    said = {"rule_version": finding.version, "severity": finding.severity, "message": finding.message}
    if any(getattr(row, name) != value for name, value in said.items()):
        Finding.objects.filter(pk=row.pk).update(**said)


def _hand_to_reviewers(version: Version, *, now: datetime) -> None:
    submission = version.submission
    if submission.state != State.CHECKING or submission.current_version_id != version.pk:
        return
    try:
        transitions.move(submission, Action.PASS_CHECKS, now=now, version=version.number)
    except Conflict:
        # Withdrawn between our read and now: its findings are kept, and there is nothing to review.
        return
