"""Find what a text resembles: the index proposes, exact comparison decides, and what was found is kept as rows."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Protocol

from django.db import connection

from crowd.domain import similarity
from crowd.models import LookAlike, Version, is_standing
from crowd.services import signatures
from crowd.services.signatures import record_of

# A text shown beside ten look-alikes is already hard to read; the rest adds nothing for a reviewer.
MOST_KEPT = 10

# Records of a batch that are kept ready for comparison, some kilobytes each: most are compared several times.
MOST_REMEMBERED = 1_000

# The most telling first: the same text before one that is alike, and both before one on the same passage.
RANK = {"exact": 0, "near": 1, "similar": 2}

Found = tuple[Version, similarity.Match]


class Verdict(Protocol):
    """The engine's verdict, or the row that kept it."""

    @property
    def kind(self) -> str: ...
    @property
    def on(self) -> str: ...
    @property
    def score(self) -> float: ...
    @property
    def why(self) -> str: ...


def index(versions: Sequence[Version]) -> None:
    """See that versions are in the index and that nothing in it waits to be spread. Doing it twice changes nothing."""
    signatures.sign(versions)
    signatures.spread()


def find(record: similarity.Record, *, but_not: Version | None = None) -> list[Found]:
    """The standing versions that resemble this text, the most telling first. Where it is one of very many, each says so."""
    mine = but_not.submission_id if but_not else signatures.NOBODYS
    near = signatures.sharing(record, but_not=mine)
    matches = [
        (key, match)
        for key, other in _standing_texts(near.versions, mine)
        for match in similarity.verify(record, other)
    ]
    versions = _to_show({key for key, _match in matches})
    return _sorted(_told([(versions[key], match) for key, match in matches], near))


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
    candidates = signatures.earlier_sharing({version.pk for version in versions})
    # By key alone: with `stands()` in the question, PostgreSQL began with the submissions, and read the whole table for
    # each of them where a running import had outrun its statistics.
    likely_ones = Version.objects.select_related("submission", "passage").in_bulk(
        {other for near in candidates.values() for other in near.versions}
    )
    others = {key: version for key, version in likely_ones.items() if is_standing(version)}
    verify = similarity.verifier(room=MOST_REMEMBERED)
    rows: list[LookAlike] = []
    for version in versions:
        mine = record_of(version)
        near = candidates[version.pk]
        likely = [others[other] for other in near.versions if other in others]
        matches = [(other, match) for other in likely for match in verify(mine, record_of(other))]
        rows.extend(_rows(version, _sorted(_told(matches, near))))
    LookAlike.objects.bulk_create(rows, batch_size=5_000)


def _told(found: list[Found], near: signatures.Sharing) -> list[Found]:
    """Let each match say so where not everything was compared."""
    if not near.is_cut:
        return found
    cut = f" (very much here is alike: compared with the {signatures.MOST_COMPARED} nearest)"
    return [(version, replace(match, why=match.why + cut)) for version, match in found]


def _standing_texts(versions: Sequence[int], but_not: int) -> Iterator[tuple[int, similarity.Record]]:
    """The texts of those of these versions that stand, by their keys. Few turn out to be alike: no rows are made of them."""
    if not versions:
        return
    places = ", ".join(["%s"] * len(versions))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT v.id, v.instruction, p.text, v.response FROM crowd_version v "  # noqa: S608 -- places alone
            f"LEFT JOIN crowd_passage p ON p.id = v.passage_id {signatures.STANDING} AND v.id IN ({places})",
            [but_not, *versions],
        )
        for key, instruction, context, response in cursor.fetchall():
            yield key, similarity.Record(instruction, context or "", response)


def _to_show(keys: set[int]) -> dict[int, Version]:
    """These versions with what it takes to show them."""
    return Version.objects.select_related("submission", "category", "passage").in_bulk(keys) if keys else {}


def _rows(version: Version, found: Sequence[Found]) -> list[LookAlike]:
    return [
        LookAlike(
            version=version, other=other, kind=match.kind, on=match.on, score=match.score, why=match.why
        )
        for other, match in found[:MOST_KEPT]
    ]


def _sorted(found: Iterable[Found]) -> list[Found]:
    return sorted(found, key=lambda pair: most_telling_first(*pair))


def most_telling_first(other: Version, match: Verdict) -> tuple[int, bool, float, int]:
    """The order in which a person wants to see what a text resembles."""
    return RANK[match.kind], match.on == "passage", -match.score, other.pk
