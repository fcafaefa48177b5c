"""Find what a text resembles: signatures propose through an index table, exact comparison decides.

The index is derived from the versions and can be rebuilt; only texts that are still around count.
"""

from collections.abc import Sequence

from django.db.models import Count

from crowd.domain import similarity
from crowd.domain.workflow import LIVE_STATES
from crowd.models import Band, LookAlike, Version

# A text shown beside ten look-alikes is already hard to read; the rest adds nothing for a reviewer.
MOST_KEPT = 10
# Candidates that are compared exactly: those with the most shared bands.
MOST_COMPARED = 200

Found = tuple[Version, similarity.Match]


def record_of(version: Version) -> similarity.Record:
    """A version as the engine compares it."""
    return similarity.Record(version.instruction, version.context, version.response)


def index(versions: Sequence[Version]) -> None:
    """Put versions into the index, in the caller's transaction. Doing it twice changes nothing."""
    Band.objects.filter(version__in=versions).delete()
    rows = [Band(hash=band, version=version) for version in versions for band in similarity.bands(record_of(version))]
    Band.objects.bulk_create(rows, batch_size=5_000)


def find(record: similarity.Record, *, but_not: Version | None = None) -> list[Found]:
    """The versions that stand for a live submission and resemble this text, the most similar first."""
    shared = (
        Band.objects.filter(hash__in=similarity.bands(record))
        .values("version")
        .annotate(bands=Count("hash"))
        .order_by("-bands", "version")
    )
    if but_not is not None:
        shared = shared.exclude(version__submission=but_not.submission_id)
    likely = [row["version"] for row in shared[:MOST_COMPARED]]
    candidates = (
        Version.objects.filter(pk__in=likely, current_of__state__in=LIVE_STATES)
        .select_related("submission", "category", "passage")
        .order_by("pk")
    )
    found = [(other, match) for other in candidates for match in similarity.verify(record, record_of(other))]
    return sorted(found, key=lambda pair: (-pair[1].score, pair[0].pk))


def keep_look_alikes(version: Version) -> None:
    """Store what this version resembles among the other submissions' versions."""
    version.look_alikes.all().delete()
    found = find(record_of(version), but_not=version)
    LookAlike.objects.bulk_create(
        LookAlike(version=version, other=other, kind=match.kind, on=match.on, score=match.score, why=match.why)
        for other, match in found[:MOST_KEPT]
    )
