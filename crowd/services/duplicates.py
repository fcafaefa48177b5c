"""Find what a text resembles: signatures propose through an index table, exact comparison decides.

The index is derived from the versions and can be rebuilt; only texts that are still around count.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from django.db import connection, transaction

from crowd.domain import similarity
from crowd.domain.workflow import LIVE_STATES
from crowd.models import Band, LookAlike, Version

# A text shown beside ten look-alikes is already hard to read; the rest adds nothing for a reviewer.
MOST_KEPT = 10
# Candidates that are compared exactly: those with the most shared bands.
MOST_COMPARED = 200

# Values in one lookup. SQLite takes 32,766 in a statement, PostgreSQL 65,535.
MOST_LOOKED_UP = 20_000

Found = tuple[Version, similarity.Match]


def record_of(version: Version) -> similarity.Record:
    """A version as the engine compares it."""
    return similarity.Record(version.instruction, version.context, version.response)


def index(versions: Sequence[Version]) -> None:
    """Put versions into the index. Doing it twice changes nothing."""
    rows = [(band, version.pk) for version in versions for band in similarity.bands(record_of(version))]
    with transaction.atomic(savepoint=False), connection.cursor() as cursor:
        # Fifty rows a version: as model instances they cost an import more than all the rest of it.
        cursor.executemany(
            "INSERT INTO crowd_band (hash, version_id) VALUES (%s, %s) ON CONFLICT DO NOTHING", rows
        )


def find(record: similarity.Record, *, but_not: Version | None = None) -> list[Found]:
    """The versions that stand for a live submission and resemble this text, the most similar first."""
    likely = _sharing(similarity.bands(record), but_not)
    candidates = (
        Version.objects.filter(pk__in=likely, current_of__state__in=LIVE_STATES)
        .select_related("submission", "category", "passage")
        .order_by("pk")
    )
    return _sorted(
        (other, match) for other in candidates for match in similarity.verify(record, record_of(other))
    )


def _sharing(bands: Sequence[int], but_not: Version | None) -> list[int]:
    """The other submissions' versions that share bands: those that share the most first."""
    if not bands:
        return []
    with connection.cursor() as cursor:
        # By hand: with fifty values, the ORM takes longer to write it than the database to answer.
        cursor.execute(
            """
            SELECT version_id FROM crowd_band
            WHERE hash IN ({places})
            AND version_id NOT IN (SELECT id FROM crowd_version WHERE submission_id = %s)
            GROUP BY version_id ORDER BY COUNT(*) DESC, version_id LIMIT %s
            """.format(places=", ".join(["%s"] * len(bands))),  # noqa: S608 -- places alone
            [*bands, but_not.submission_id if but_not else None, MOST_COMPARED],
        )
        return [version for (version,) in cursor.fetchall()]


def look_alikes_of(version: Version) -> list[Found]:
    """What this version resembles among the other submissions' versions."""
    return find(record_of(version), but_not=version)


def keep_look_alikes(version: Version, found: Sequence[Found]) -> None:
    """Store what this version resembles, in place of what an earlier check found."""
    if version.checked_at:
        version.look_alikes.all().delete()
    LookAlike.objects.bulk_create(_rows(version, found))


def keep_look_alikes_of_many(versions: Sequence[Version]) -> None:
    """Store what new, indexed versions resemble among earlier ones, in a few queries for all of them.

    The versions must be of different submissions, each its submission's first.
    """
    candidates = _candidates(versions)
    others = (
        Version.objects.filter(current_of__state__in=LIVE_STATES)
        .select_related("passage")
        .in_bulk({other for likely in candidates.values() for other in likely})
    )
    rows: list[LookAlike] = []
    for version in versions:
        mine = record_of(version)
        likely = [others[other] for other in candidates.get(version.pk, ()) if other in others]
        found = _sorted(
            (other, match) for other in likely for match in similarity.verify(mine, record_of(other))
        )
        rows.extend(_rows(version, found))
    LookAlike.objects.bulk_create(rows, batch_size=5_000)


def _candidates(versions: Sequence[Version]) -> dict[int, list[int]]:
    """By version, the earlier ones that share bands with it: those that share the most first."""
    holders: dict[int, list[int]] = {}
    for band, version in Band.objects.filter(version__in=versions).values_list("hash", "version"):
        holders.setdefault(band, []).append(version)
    shared: dict[int, Counter[int]] = {version.pk: Counter() for version in versions}
    for band, other in _who_has(list(holders)):
        for version in holders[band]:
            if other < version:
                shared[version][other] += 1
    return {version: _most_shared(counts) for version, counts in shared.items()}


def _who_has(bands: list[int]) -> Iterator[tuple[int, int]]:
    """Every (band, version) of these bands.

    Looked up by value: the table joined with itself took minutes on PostgreSQL, whose statistics a running import outruns.
    """
    for start in range(0, len(bands), MOST_LOOKED_UP):
        some = bands[start : start + MOST_LOOKED_UP]
        yield from (
            Band.objects.filter(hash__in=some).values_list("hash", "version").iterator(chunk_size=5_000)
        )


def _most_shared(counts: "Counter[int]") -> list[int]:
    return sorted(counts, key=lambda other: (-counts[other], other))[:MOST_COMPARED]


def _rows(version: Version, found: Sequence[Found]) -> list[LookAlike]:
    return [
        LookAlike(
            version=version, other=other, kind=match.kind, on=match.on, score=match.score, why=match.why
        )
        for other, match in found[:MOST_KEPT]
    ]


def _sorted(found: Iterable[Found]) -> list[Found]:
    return sorted(found, key=lambda pair: (-pair[1].score, pair[0].pk))
