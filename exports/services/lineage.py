"""Answer where a record, a release, a run or a contributor's work comes from and where it went.

Everybody is told what is published; an admin of every ready release and every run; a person, of their own records, in
which ready releases they are and which models learned from them. Of anything else the answer is None, as of what is
not there.
"""

from functools import lru_cache
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Case, CharField, QuerySet, Value, When

from crowd.models import Person, Submission
from exports import queries
from exports.domain import pseudonym as pseudonyms
from exports.domain.lineage import Lineage, ModelNode, ReleaseNode, RunNode, Use
from exports.domain.provenance import WRITTEN_HERE
from exports.domain.release import State
from exports.domain.run_workflow import RunState
from exports.domain.tombstone import Kind
from exports.models import Release, ReleaseRecord, Run
from exports.models.release import IS_CORRECTED, IS_WITHDRAWN, ReleaseRecordQuerySet

PAGE_SIZE = 100
# More than a site publishes. The pseudonyms of a thousand authors take about 200 kB.
MOST_RELEASES_KEPT = 500
_COLUMNS = (
    "submission__public_id",
    "version__number",
    "version__sha256",
    "release__version",
    "position",
    "submission__author_id",
    "submission__source__name",
)
_BECAME = Case(
    When(IS_WITHDRAWN, then=Value(Kind.WITHDRAWN.value)),
    When(IS_CORRECTED, then=Value(Kind.CORRECTED.value)),
    output_field=CharField(null=True),
)


def find(
    *,
    person: Person | None,
    record: UUID | None = None,
    release: str | None = None,
    run: UUID | None = None,
    pseudonym: str | None = None,
    from_line: int = 1,
) -> Lineage | None:
    """The lineage of the one thing that is named, as far as the person may know it."""
    if record is not None:
        return of_record(record, person=person)
    if release is not None:
        return of_release(release, person=person, from_line=from_line)
    if run is not None:
        return of_run(run, person=person, from_line=from_line)
    return of_contributor(pseudonym or "", person=person, from_line=from_line)


def of_record(record: UUID, *, person: Person | None) -> Lineage | None:
    """Every release that holds the record."""
    is_own = person is not None and Submission.objects.by(person).filter(public_id=record).exists()
    releases = Release.objects.ready() if is_own else _releases_for(person)
    records = ReleaseRecord.objects.filter(submission__public_id=record, release__in=releases)
    uses = _uses(records.order_by("release__created_at", "release"))
    if not uses and not is_own:
        return None
    held_by = Release.objects.filter(version__in=[use.release for use in uses])
    return _lineage(uses, held_by, runs=_runs_of(held_by, person, is_own=is_own))


def of_release(version: str, *, person: Person | None, from_line: int = 1) -> Lineage | None:
    """A release: its records, a page from this line on, and what was trained on it."""
    releases = _releases_for(person).filter(version=version)
    if not releases.exists():
        return None
    uses, next_line = _page(ReleaseRecord.objects.filter(release__in=releases), from_line)
    return _lineage(uses, releases, runs=_runs_of(releases, person), next_line=next_line)


def of_run(run: UUID, *, person: Person | None, from_line: int = 1) -> Lineage | None:
    """A run and its model, with the release and the records that it learned from. Runs are the admins' business."""
    runs = Run.objects.filter(public_id=run)
    if person is None or not person.is_admin or not runs.exists():
        return None
    releases = Release.objects.filter(runs__in=runs)
    uses, next_line = _page(ReleaseRecord.objects.filter(release__in=releases), from_line)
    return _lineage(uses, releases, runs=runs, next_line=next_line)


def of_contributor(name: str, *, person: Person | None, from_line: int = 1) -> Lineage | None:
    """What one person, under the pseudonym of one release, wrote of it; nothing links it to their other pseudonyms."""
    found = _behind(name, person)
    if found is None:
        return None
    release, author = found
    releases = Release.objects.filter(pk=release)
    is_own = person is not None and person.pk == author
    records = ReleaseRecord.objects.filter(release=release, submission__author=author)
    uses, next_line = _page(records, from_line)
    return _lineage(uses, releases, runs=_runs_of(releases, person, is_own=is_own), next_line=next_line)


def _releases_for(person: Person | None) -> QuerySet[Release]:
    return queries.releases_for(person).filter(state=State.READY)


def _runs_of(releases: QuerySet[Release], person: Person | None, *, is_own: bool = False) -> QuerySet[Run]:
    """An admin sees every run; a person the models that learned from what they wrote."""
    runs = Run.objects.filter(release__in=releases)
    if person is not None and person.is_admin:
        return runs
    return runs.filter(state=RunState.SUCCEEDED) if is_own else runs.none()


def _behind(name: str, person: Person | None) -> tuple[int, int] | None:
    """The release and the author that a pseudonym stands for, among those of whom the asker may know."""
    if not pseudonyms.is_pseudonym(name):
        return None
    shown = set(_releases_for(person).values_list("pk", flat=True))
    for release in Release.objects.ready().only("version", "manifest_sha256"):
        author = _author(name, release) if release.pk in shown else _themselves(name, release, person)
        if author is not None:
            is_in_it = ReleaseRecord.objects.filter(release=release, submission__author=author).exists()
            return (release.pk, author) if is_in_it else None
    return None


def _themselves(name: str, release: Release, person: Person | None) -> int | None:
    return person.pk if person is not None and _name(person.pk, release.version) == name else None


def _author(name: str, release: Release) -> int | None:
    return _authors(release.pk, release.version, release.manifest_sha256, settings.SECRET_KEY).get(name)


@lru_cache(maxsize=MOST_RELEASES_KEPT)
def _authors(release: int, version: str, manifest_sha256: str, key: str) -> dict[str, int]:
    """The pseudonyms of a release with their authors. Anybody may ask for one, and none can be computed back.

    So they are made once in a process. The manifest's hash fixes them: a release never changes.
    """
    contributed = ReleaseRecord.objects.filter(release=release, submission__author__isnull=False)
    authors = contributed.order_by().values_list("submission__author_id", flat=True).distinct()
    return {pseudonyms.pseudonym(author, release=version, key=key): author for author in authors}


def _page(records: ReleaseRecordQuerySet, from_line: int) -> tuple[list[Use], int | None]:
    """A page of one release's records, and the line that the next one begins with."""
    rows = records.filter(position__gte=from_line - 1).order_by("position")
    uses = _uses(rows[: PAGE_SIZE + 1])
    return uses[:PAGE_SIZE], uses[PAGE_SIZE].line if len(uses) > PAGE_SIZE else None


def _uses(records: ReleaseRecordQuerySet) -> list[Use]:
    return [_use(row) for row in records.values(*_COLUMNS, became=_BECAME)]


def _use(row: dict[str, Any]) -> Use:
    author, release = row["submission__author_id"], row["release__version"]
    return Use(
        id=row["submission__public_id"],
        version=row["version__number"],
        sha256=row["version__sha256"],
        release=release,
        line=row["position"] + 1,
        contributor=None if author is None else _name(author, release),
        source=row["submission__source__name"] or WRITTEN_HERE,
        became=row["became"],
    )


def _name(author: int, release: str) -> str:
    return pseudonyms.pseudonym(author, release=release, key=settings.SECRET_KEY)


def _lineage(
    uses: list[Use], releases: QuerySet[Release], *, runs: QuerySet[Run], next_line: int | None = None
) -> Lineage:
    chosen = list(runs.select_related("release").order_by("created_at", "pk"))
    return Lineage(
        records=uses,
        releases=[_release(row) for row in releases.select_related("parent").order_by("created_at", "pk")],
        runs=[_run(run) for run in chosen],
        models=[ModelNode(run.public_id, run.name) for run in chosen if run.has_model],
        next_line=next_line,
    )


def _release(release: Release) -> ReleaseNode:
    return ReleaseNode(
        version=release.version,
        parent=release.parent.version if release.parent else None,
        licence=release.licence,
        created_at=release.created_at,
        records=release.counts.get("records", 0),
    )


def _run(run: Run) -> RunNode:
    return RunNode(
        id=run.public_id,
        release=run.release.version,
        recipe=run.recipe,
        name=run.name,
        state=run.state,
        started_at=run.started_at,
        finished_at=run.finished_at,
    )
