"""Compare two releases of this site."""

from django.db.models import Exists, OuterRef

from exports.domain.differences import Differences
from exports.models import Release, ReleaseRecord
from exports.models.release import ReleaseRecordQuerySet


def between(before: Release, after: Release) -> Differences:
    """What `after` has that `before` has not, and the other way round.

    The database compares, by its index of records: what comes back is as long as the difference, not as the releases.
    """
    held, kept = _beside(before), _beside(after)
    # Most records stand in the very version that the other release has; only of the rest are the hashes read.
    another = held.exclude(version=OuterRef("version")).exclude(version__sha256=OuterRef("version__sha256"))
    return Differences(
        added=_ids(after.records.filter(~Exists(held))),
        changed=_ids(after.records.filter(Exists(another))),
        withdrawn=_ids(before.records.filter(~Exists(kept))),
    )


def _beside(release: Release) -> ReleaseRecordQuerySet:
    """The release's own record of the same submission."""
    return ReleaseRecord.objects.filter(release=release, submission=OuterRef("submission"))


def _ids(records: ReleaseRecordQuerySet) -> list[str]:
    ids = records.order_by("submission__public_id").values_list("submission__public_id", flat=True)
    return [str(public_id) for public_id in ids.iterator()]
