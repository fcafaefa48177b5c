"""The near-duplicate index: a row per version in its own transaction, spread into a table of bands by the jobs.

Looks read both, so a version is found from the moment it is stored. What the rows are made of is a scheme of the
engine; `rebuilds` brings rows of an earlier one over.
"""

import json
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from django.db import connection, transaction
from numpy.typing import NDArray

from crowd.domain import similarity
from crowd.models import GONE_LITERALS, Signature, Version

Hashes = NDArray[np.int64]

# How this software computes bands, by scheme. New rows get the highest. The one before stays here for as long as sites
# may hold its rows: looks go by both until `rebuilds` has brought all of them over.
SCHEMES: dict[int, Callable[[similarity.Record], Sequence[int]]] = {similarity.SCHEME: similarity.bands}

# Texts that one text is compared with at most, and versions of one band that are looked at: the engine's own cap.
MOST_COMPARED = similarity.BUCKET_CAP
# Rows that one look reads at once. Past them some band may be crowded: bands are read one by one, each up to the cap.
MOST_ROWS = 2_000
# Signatures spread in one transaction, in which nobody else can write on SQLite: a few hundredths of a second.
BATCH = 200
# No submission has this key.
NOBODYS = 0
# Values in one statement. SQLite takes 32,766, PostgreSQL 65,535.
MOST_VALUES = 20_000

# What `models.stands()` says, for statements written by hand: of versions v and submissions s, but one.
STANDING = (
    f"JOIN crowd_submission s ON s.id = v.submission_id WHERE s.state NOT IN ({GONE_LITERALS}) AND s.id <> %s "
    "AND v.id IN (s.current_version_id, s.approved_version_id)"
)


@dataclass(frozen=True)
class Sharing:
    """The versions that share bands with a text, those that share the most first, and whether there were too many."""

    versions: list[int]
    is_cut: bool


def record_of(version: Version) -> similarity.Record:
    """A version as the engine compares it."""
    return similarity.Record(version.instruction, version.context, version.response)


def current_scheme() -> int:
    """The scheme of new rows."""
    return max(SCHEMES)


def signature_of(version: Version, *, scheme: int | None = None) -> Signature:
    """The row that enters a version into the index, not stored yet. The version needs its key and its passage."""
    scheme = scheme or current_scheme()
    hashes = np.unique(np.asarray(SCHEMES[scheme](record_of(version)), "<i8"))
    return Signature(version_id=version.pk, scheme=scheme, hashes=hashes.tobytes())


def sign(versions: Sequence[Version]) -> None:
    """Enter versions into the index, in the caller's transaction. Doing it twice changes nothing."""
    signed = set(Signature.objects.filter(version__in=versions).values_list("version", flat=True))
    rows = [signature_of(version) for version in versions if version.pk not in signed]
    Signature.objects.bulk_create(rows, batch_size=1_000, ignore_conflicts=True)


def spread() -> int:
    """Put what waits into the table of bands, batch by batch. Returns how many versions that were.

    Of two processes that do so at once, each takes what the other has not: what is left to the other still waits for
    whoever looks meanwhile.
    """
    total = 0
    while Signature.objects.filter(is_spread=False).exists():
        with transaction.atomic():
            rows = list(
                Signature.objects.select_for_update(skip_locked=True)
                .filter(is_spread=False)
                .order_by("version_id")[:BATCH]
            )
            write_bands(rows)
            Signature.objects.filter(pk__in=[row.pk for row in rows]).update(is_spread=True)
        if not rows:
            break
        total += len(rows)
    return total


def write_bands(rows: Sequence[Signature]) -> None:
    """Put signatures into the table of bands, where none of them may be yet."""
    _with_bands(
        rows,
        postgresql="INSERT INTO crowd_band (hash, version_id) SELECT * FROM unnest(%s::bigint[], %s::bigint[])",
        sqlite="INSERT INTO crowd_band (hash, version_id) VALUES (%s, %s)",
    )


def erase_bands(rows: Sequence[Signature]) -> None:
    """Take signatures out of the table of bands."""
    _with_bands(
        rows,
        postgresql="DELETE FROM crowd_band USING unnest(%s::bigint[], %s::bigint[]) AS gone (hash, version_id) "
        "WHERE crowd_band.hash = gone.hash AND crowd_band.version_id = gone.version_id",
        sqlite="DELETE FROM crowd_band WHERE hash = %s AND version_id = %s",
    )


def _with_bands(rows: Sequence[Signature], *, postgresql: str, sqlite: str) -> None:
    """Run a statement with every (hash, version), by hash: neighbours stand on one page of the table."""
    if not rows:
        return
    hashes, versions = unpacked([(row.pk, bytes(row.hashes)) for row in rows])
    order = np.argsort(hashes, kind="stable")
    columns = hashes[order].tolist(), versions[order].tolist()
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(postgresql, columns)
        else:
            cursor.executemany(sqlite, list(zip(*columns, strict=True)))


def unpacked(rows: Sequence[tuple[int, bytes]]) -> tuple[Hashes, Hashes]:
    """The hashes of many signatures in one array, and beside each the version that it is of."""
    versions, packed = zip(*rows, strict=True)
    hashes = np.frombuffer(b"".join(packed), "<i8")
    return hashes, np.repeat(np.array(versions, np.int64), [len(row) // 8 for row in packed])


def sharing(record: similarity.Record, *, but_not: int) -> Sharing:
    """The versions that have a band in common with a text; there may be some among them that do not stand.

    Past MOST_COMPARED it is the nearest of those that stand and are not of the submission with the key `but_not`; of
    equally near ones, and in crowded bands, the earliest: the same ones in whatever order the database finds them.
    """
    hashes = _hashes_to_look_for(record)
    if not hashes.size:
        return Sharing([], is_cut=False)
    # What waits comes first: what is spread between the two reads is then seen twice, not missed.
    shared = _waiting_with(hashes)
    spread_out, is_crowded = _spread_with(hashes.tolist(), but_not)
    for version, count in spread_out.items():
        shared[version] = max(shared[version], count)
    return _nearest(shared, but_not, is_cut=is_crowded)


def _nearest(shared: "Counter[int]", but_not: int, *, is_cut: bool) -> Sharing:
    """The MOST_COMPARED that share the most bands, of equals the earliest; past that many, of those that stand."""
    versions, counts = (np.array([*part], np.int64) for part in (shared.keys(), shared.values()))
    ordered: list[int] = versions[np.lexsort([versions, -counts])].tolist()
    if len(ordered) <= MOST_COMPARED:
        return Sharing(ordered, is_cut)
    nearest: list[int] = []
    # Nearly all of them stand, and there may be thousands: asked a few at a time, the first answer is nearly always enough.
    for start in range(0, len(ordered), 2 * MOST_COMPARED):
        some = ordered[start : start + 2 * MOST_COMPARED]
        standing = set(_standing(some, but_not))
        nearest += [version for version in some if version in standing]
        if len(nearest) > MOST_COMPARED:
            break
    return Sharing(nearest[:MOST_COMPARED], is_cut or len(nearest) > MOST_COMPARED)


def _hashes_to_look_for(record: similarity.Record) -> Hashes:
    """The text's bands under the current scheme, and under an earlier one as long as rows of it are here."""
    current = current_scheme()
    earlier = [
        scheme for scheme in SCHEMES if scheme != current and Signature.objects.filter(scheme=scheme).exists()
    ]
    return np.unique(
        np.concatenate([np.asarray(SCHEMES[scheme](record), np.int64) for scheme in [current, *earlier]])
    )


def _waiting_with(hashes: Hashes) -> "Counter[int]":
    """How many of these bands the versions have that are not spread yet."""
    rows = _waiting()
    if not rows:
        return Counter()
    theirs, versions = unpacked(rows)
    return Counter(versions[np.isin(theirs, hashes)].tolist())


def _waiting() -> list[tuple[int, bytes]]:
    """The versions that are not spread yet, and their hashes."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT version_id, hashes FROM crowd_signature WHERE NOT is_spread")
        return list(cursor.fetchall())


def _spread_with(hashes: list[int], but_not: int) -> "tuple[Counter[int], bool]":
    """How many of these bands the spread versions have, and whether some band was crowded."""
    # By hand: with fifty values, the ORM takes longer to write it than the database to answer. And from this table
    # alone: joined with others, PostgreSQL begins with those where its statistics are behind.
    places = ", ".join(["%s"] * len(hashes))
    statement = f"SELECT version_id FROM crowd_band WHERE hash IN ({places}) LIMIT %s"  # noqa: S608 -- places alone
    rows = _keys(statement, [*hashes, MOST_ROWS + 1])
    if len(rows) <= MOST_ROWS:
        return Counter(rows), False
    by_band = [_earliest_standing(one, but_not) for one in hashes]
    is_crowded = any(len(some) > MOST_COMPARED for some in by_band)
    return Counter(version for some in by_band for version in some[:MOST_COMPARED]), is_crowded


def _earliest_standing(one: int, but_not: int) -> list[int]:
    """The earliest versions of a band that stand, one more than are compared: what is gone takes nobody's place."""
    statement = (
        f"SELECT x.version_id FROM crowd_band x JOIN crowd_version v ON v.id = x.version_id {STANDING} "  # noqa: S608 -- ours alone
        "AND x.hash = %s ORDER BY x.version_id LIMIT %s"
    )
    return _keys(statement, [but_not, one, MOST_COMPARED + 1])


def _standing(versions: list[int], but_not: int) -> list[int]:
    if not versions:
        return []
    places = ", ".join(["%s"] * len(versions))
    statement = f"SELECT v.id FROM crowd_version v {STANDING} AND v.id IN ({places})"  # noqa: S608 -- places alone
    return _keys(statement, [but_not, *versions])


def _keys(statement: str, values: list[int]) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return [key for (key,) in cursor.fetchall()]


def earlier_sharing(versions: Collection[int]) -> dict[int, Sharing]:
    """By version, the earlier ones that share bands with it: for many at once, each of another submission.

    As in `sharing`, past the cap those that are gone take nobody's place.
    """
    signatures = dict(Signature.objects.filter(version__in=versions).values_list("version", "hashes"))
    holders: dict[int, list[int]] = {}
    for version, packed in signatures.items():
        for one in np.frombuffer(packed, "<i8").tolist():
            holders.setdefault(one, []).append(version)
    shared: dict[int, Counter[int]] = {version: Counter() for version in versions}
    cut: set[int] = set()
    for one, others in _who_has(holders):
        # Most bands have one version, the one that is asked about.
        for version in holders[one] if len(others) > 1 else ():
            earlier = [other for other in others if other < version]
            if len(earlier) > MOST_COMPARED:
                cut.add(version)
            shared[version].update(earlier[:MOST_COMPARED])
    return {version: _nearest(counts, NOBODYS, is_cut=version in cut) for version, counts in shared.items()}


def _who_has(hashes: Collection[int]) -> Iterator[tuple[int, list[int]]]:
    """These bands, each with its versions, the earliest first, up to one more than the cap.

    Looked up by value, one by one: the table joined with itself took minutes on PostgreSQL, whose statistics a running
    import outruns, and of a band that half of a corpus shares no more than that is read.
    """
    waiting: dict[int, set[int]] = {}
    for version, packed in _waiting():
        for one in np.frombuffer(packed, "<i8").tolist():
            if one in hashes:
                waiting.setdefault(one, set()).add(version)
    spread_out: dict[int, set[int]] = {}
    ordered = sorted(hashes)
    for start in range(0, len(ordered), MOST_VALUES):
        for one, version in _earliest(ordered[start : start + MOST_VALUES]):
            spread_out.setdefault(one, set()).add(version)
    for one in waiting.keys() | spread_out.keys():
        late = waiting.get(one, set())
        versions = late | spread_out.get(one, set())
        if len(versions) > MOST_COMPARED:
            versions = {*_earliest_standing(one, NOBODYS), *_standing(list(late), NOBODYS)}
        yield one, sorted(versions)[: MOST_COMPARED + 1]


def _earliest(hashes: list[int]) -> list[tuple[int, int]]:
    """The earliest versions of these bands, of each up to one more than the cap, as (hash, version)."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT h.hash, b.version_id FROM unnest(%s::bigint[]) AS h (hash) CROSS JOIN LATERAL "
                "(SELECT version_id FROM crowd_band WHERE hash = h.hash ORDER BY version_id LIMIT %s) AS b",
                [hashes, MOST_COMPARED + 1],
            )
        else:
            # SQLite joins from left to right here. No version's key is larger than the last number.
            cursor.execute(
                "SELECT h.value, b.version_id FROM json_each(%s) AS h CROSS JOIN crowd_band AS b "
                "WHERE b.hash = h.value AND b.version_id <= coalesce((SELECT version_id FROM crowd_band "
                "WHERE hash = h.value ORDER BY version_id LIMIT 1 OFFSET %s), 9223372036854775807)",
                [json.dumps(hashes), MOST_COMPARED],
            )
        return list(cursor.fetchall())
