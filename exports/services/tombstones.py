"""What became of released records since: tombstones for the next release, marks for the old one and for its models.

A mark is computed from the submissions as they stand, never stored: nothing has to run when somebody withdraws. What a
release carries is stored with its snapshot, so that writing its files again gives the same bytes.
"""

from collections.abc import Iterable
from datetime import UTC
from typing import Any

from django.db.models import Case, Count, QuerySet, When
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from crowd.domain.workflow import LIVE_STATES
from exports.domain.tombstone import Kind, Since, Tombstone
from exports.models import Release, ReleaseRecord
from exports.models import Tombstone as Row
from exports.models.release import IS_CORRECTED, IS_WITHDRAWN

BATCH = 2_000
# A withdrawal is the last thing that moves a submission; a correction happens when its text is approved.
_MOMENT = Case(
    When(IS_WITHDRAWN, then="submission__updated_at"),
    default=Coalesce("submission__approved_version__decision__created_at", "submission__updated_at"),
)


def of_ancestors(release: Release, *, using: str) -> list[Tombstone]:
    """Each line of an earlier release that stands no longer, as this connection sees it: told by the newest that held it."""
    ancestors = _ancestors(release)
    place = {key: number for number, key in enumerate(ancestors)}
    rows = sorted(_changed(list(ancestors), using), key=lambda row: place[row["release"]])
    found: dict[tuple[Any, str], Tombstone] = {}
    for row in rows:
        line = (row["submission__public_id"], row["version__sha256"])
        found.setdefault(line, _tombstone(row, ancestors[row["release"]]))
    return list(found.values())


def keep(release: Release, carried: list[Tombstone]) -> None:
    """Store what a release carries, in the place of what an earlier cut of it carried."""
    release.tombstones.all().delete()
    Row.objects.bulk_create([_row(release, tombstone) for tombstone in carried], batch_size=BATCH)


def carried_by(release: Release) -> list[Tombstone]:
    """The tombstones of a release, in the order of its file."""
    names = ("record", "sha256", "kind", "on", "last_release")
    return sorted(
        Tombstone(str(record), sha256, kind, on.isoformat(), last)
        for record, sha256, kind, on, last in release.tombstones.values_list(*names)
    )


def since(releases: Iterable[Release]) -> dict[int, Since]:
    """The marks of several releases, by their key, in one query. Those without one have none."""
    keys = {release.pk for release in releases}
    counts = (
        ReleaseRecord.objects.filter(release__in=keys)
        .changed_since()
        .values("release")
        .annotate(withdrawn=Count("pk", filter=IS_WITHDRAWN), corrected=Count("pk", filter=IS_CORRECTED))
        .order_by()
    )
    found = {row["release"]: Since(row["withdrawn"], row["corrected"]) for row in counts}
    return {key: found.get(key, Since()) for key in keys}


def mark_of(release: Release) -> Since:
    """How many of its records stand no longer as they were released."""
    return since([release])[release.pk]


def in_words(mark: Since) -> str:
    """The mark as a part of a sentence; empty where there is none."""
    withdrawn = ngettext(
        "%(count)s record was withdrawn", "%(count)s records were withdrawn", mark.withdrawn
    ) % {"count": mark.withdrawn}
    corrected = ngettext(
        "%(count)s record was corrected", "%(count)s records were corrected", mark.corrected
    ) % {"count": mark.corrected}
    if mark.withdrawn and mark.corrected:
        return _("%(one)s and %(other)s") % {"one": withdrawn, "other": corrected}
    return (withdrawn * bool(mark.withdrawn)) or (corrected * bool(mark.corrected))


def _ancestors(release: Release) -> dict[int, str]:
    """The releases that this one follows, the newest first: each one's key with its version."""
    known = {
        key: (version, parent)
        for key, version, parent in Release.objects.values_list("pk", "version", "parent")
    }
    found: dict[int, str] = {}
    key = release.parent_id
    while key is not None and key not in found:
        found[key], key = known[key]
    return found


def _changed(releases: list[int], using: str) -> "QuerySet[ReleaseRecord, Any]":
    """The records of these releases that stand no longer as they were released, a dictionary each."""
    names = ("release", "submission__public_id", "submission__state", "version__sha256")
    rows: QuerySet[ReleaseRecord, Any] = (
        ReleaseRecord.objects.using(using)
        .filter(release__in=releases)
        .changed_since()
        .order_by("submission__public_id")
        .values(*names, moment=_MOMENT)
    )
    return rows


def _tombstone(row: dict[str, Any], release: str) -> Tombstone:
    is_live = row["submission__state"] in LIVE_STATES
    return Tombstone(
        id=str(row["submission__public_id"]),
        sha256=row["version__sha256"],
        kind=Kind.CORRECTED if is_live else Kind.WITHDRAWN,
        on=row["moment"].astimezone(UTC).date().isoformat(),
        release=release,
    )


def _row(release: Release, told: Tombstone) -> Row:
    return Row(
        release=release,
        record=told.id,
        sha256=told.sha256,
        kind=told.kind,
        on=told.on,
        last_release=told.release,
    )
