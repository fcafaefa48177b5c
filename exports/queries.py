"""What a cut, the pages and the API read of releases, in few queries. Nothing here writes."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from django.db.models import QuerySet

from crowd.models import Finding, GrantWording, Job, Person, Submission
from exports.domain.record import Grant, Passage, Record, Review, Source
from exports.domain.release import Choice, State, newest, precedence
from exports.models import Release, ReleaseRecord

CUT_JOB = "cut_release"
CHUNK = 1_000
# Of a release's lines: it tells nothing of author or time.
LINE_ORDER = ("approved_version__sha256", "public_id")

_COLUMNS = (
    "version_id",
    "submission__public_id",
    "submission__author_id",
    "version__number",
    "version__category__key",
    "version__origin",
    "version__licence",
    "version__sha256",
    "version__grant_id",
    "version__grant__wording__number",
    "version__grant__wording__sha256",
    "version__grant__wording__licence",
    "submission__source_id",
    "submission__source__name",
    "submission__source__licence",
    "submission__source__origin",
    "submission__source__attribution",
    "version__passage_id",
    "version__passage__wiki",
    "version__passage__title",
    "version__passage__page_id",
    "version__passage__revision_id",
    "version__passage__section",
    "version__passage__url",
    "version__passage__licence",
    "version__passage__sha256",
    "version__passage__verified_at",
    "version__decision__reviewer_id",
    "version__decision__decision",
)


def chosen(choice: Choice) -> QuerySet[Submission]:
    """The submissions that a release of this choice takes, in the order of their lines' SHA-256."""
    submissions = Submission.objects.releasable()
    if choice.categories:
        submissions = submissions.filter(approved_version__category__key__in=choice.categories)
    if choice.sources:
        submissions = submissions.filter(source__name__in=choice.sources)
    if choice.without_sources:
        left_out = Submission.objects.filter(source__name__in=choice.without_sources)
        submissions = submissions.exclude(pk__in=left_out.values("pk"))
    return submissions.order_by(*LINE_ORDER)


def records_of(release: Release, lines: Iterable[bytes], *, using: str) -> Iterator[list[Record]]:
    """A release's records with their lines, a chunk at a time; in one query of eight joins, and no model instances.

    Raises ValueError where there are not as many lines as records.
    """
    remaining = iter(lines)
    start = 0
    while rows := _rows(release, start, using):
        checks = _checks(release, start, using)
        yield [
            _record(row, line, sorted(checks[row["version_id"]]))
            for row, line in zip(rows, islice(remaining, len(rows)), strict=True)
        ]
        start += CHUNK
    if next(remaining, None) is not None:
        raise ValueError("there are more lines than records")


def _rows(release: Release, start: int, using: str) -> list[dict[str, Any]]:
    return list(_some(release, start, using).order_by("position").values(*_COLUMNS))


def _checks(release: Release, start: int, using: str) -> dict[int, set[tuple[str, str, str]]]:
    found: dict[int, set[tuple[str, str, str]]] = defaultdict(set)
    findings = Finding.objects.using(using).filter(version__in=_some(release, start, using).values("version"))
    for version, *check in findings.values_list("version_id", "rule", "severity", "field"):
        found[version].add((check[0], check[1], check[2]))
    return found


def _some(release: Release, start: int, using: str) -> QuerySet[ReleaseRecord]:
    return ReleaseRecord.objects.using(using).filter(
        release_id=release.pk, position__gte=start, position__lt=start + CHUNK
    )


def _record(row: dict[str, Any], line: bytes, checks: list[tuple[str, str, str]]) -> Record:
    source = _source(row)
    reviewer = row["version__decision__reviewer_id"]
    return Record(
        id=str(row["submission__public_id"]),
        version=row["version__number"],
        category=row["version__category__key"],
        line=line,
        origin=row["version__origin"],
        # A reviewer's edit of an imported record has no grant; the dataset's licence goes on standing for it.
        licence=row["version__licence"] or (source.licence if source else ""),
        author=row["submission__author_id"],
        grant=_grant(row),
        source=source,
        passage=_passage(row),
        reviews=() if reviewer is None else (Review(reviewer, row["version__decision__decision"]),),
        checks=tuple(checks),
        sha256=row["version__sha256"],
    )


def _grant(row: dict[str, Any]) -> Grant | None:
    if row["version__grant_id"] is None:
        return None
    return Grant(
        wording=str(row["version__grant__wording__number"]),
        sha256=row["version__grant__wording__sha256"],
        licence=row["version__grant__wording__licence"],
    )


def _source(row: dict[str, Any]) -> Source | None:
    if row["submission__source_id"] is None:
        return None
    names = ("name", "licence", "origin", "attribution")
    return Source(*(row[f"submission__source__{name}"] for name in names))


def _passage(row: dict[str, Any]) -> Passage | None:
    if row["version__passage_id"] is None:
        return None
    names = ("wiki", "title", "page_id", "revision_id", "section", "url", "licence", "sha256")
    facts = {name: row[f"version__passage__{name}"] for name in names}
    return Passage(**facts, is_verified=row["version__passage__verified_at"] is not None)


def wordings(numbers: list[int]) -> QuerySet[GrantWording]:
    """The wordings of the grant with these numbers."""
    return GrantWording.objects.filter(number__in=numbers).order_by("number")


def cut_job(release: Release) -> Job | None:
    """The job that cuts this release."""
    return Job.objects.filter(kind=CUT_JOB, key=release.job_key).first()


def releases_for(person: Person | None) -> QuerySet[Release]:
    """The releases that somebody may see: all for an admin, the published ones for everybody."""
    if person is not None and person.is_admin:
        return Release.objects.newest_first()
    return Release.objects.published().newest_first()


def newer_than(release: Release, person: Person | None) -> Release | None:
    """The newest ready release of its profile that somebody may see, where this one is not it."""
    others = releases_for(person).filter(state=State.READY, profile=release.profile)
    shown = {other.version: other for other in others}
    version = newest(shown)
    is_newer = bool(version) and precedence(version) > precedence(release.version)
    return shown[version] if is_newer else None
