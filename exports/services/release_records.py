"""Choose what a release takes: at one moment, and written down in short transactions, so that nobody has to wait.

Whatever is written before the last transaction is nobody's business: a choice that was cut off is begun anew, and one that
was made is kept, however often the files are begun anew.
"""

from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, closing, nullcontext
from itertools import count, islice, pairwise

from django.db import DEFAULT_DB_ALIAS, connection, transaction
from django.db.models import QuerySet

from crowd.models import Submission
from exports import queries
from exports.domain.release import Choice
from exports.models import Release, ReleaseRecord
from exports.services import quality, tombstones
from exports.services.release_snapshot import one_moment

# So many rows keep SQLite's other writers waiting for some hundredths of a second.
BATCH = 2_000
# SQLite's library sorts in memory: so many rows take some 30 MB.
SORTED_AT_ONCE = 200_000
# A third of what `bulk_create` takes, and SQLite's other writers wait for it.
_INSERT = "INSERT INTO exports_releaserecord (release_id, submission_id, version_id, position) VALUES (%s, %s, %s, %s)"
# Under this name a release that is being cut keeps what the site states of its quality.
STATED = "stated"


def are_chosen(release: Release) -> bool:
    """Whether its records stand, with all else that its files tell of that moment."""
    return STATED in release.counts


def choose(
    release: Release, choice: Choice, *, hold: Callable[[], None], rest: Callable[[], None] = lambda: None
) -> int:
    """Write down the records, the tombstones and the site's word of one moment. Returns how many records there are.

    `hold` is called first in every transaction that writes, and raises where the cut is no longer the caller's. `rest` is
    called between them: SQLite knows no queue, and who waits for its lock must meet a moment in which it is free.
    """
    with one_moment() as moment, _alone(moment):
        _forget_earlier(release, hold, rest)
        records = _take_records(release, choice, hold, rest, using=moment)
        carried = tombstones.of_ancestors(release, using=moment)
        stated = quality.stated(choice, using=moment)
        with transaction.atomic():
            hold()
            tombstones.keep(release, carried)
            release.counts = {STATED: stated}
            release.save(update_fields=["counts"])
    return records


def _alone(moment: str) -> AbstractContextManager[None]:
    """Where there is no connection that sees one moment, one transaction does: nobody else writes meanwhile."""
    return transaction.atomic() if moment == DEFAULT_DB_ALIAS else nullcontext()


def _forget_earlier(release: Release, hold: Callable[[], None], rest: Callable[[], None]) -> None:
    """Take away the records of an earlier cut of this version, and of a choice that was cut off."""
    deleted = 1
    while deleted:
        with transaction.atomic():
            hold()
            some = release.records.order_by("position").values("pk")[:BATCH]
            deleted, _by_table = ReleaseRecord.objects.filter(pk__in=some).delete()
        if deleted:
            rest()


def _take_records(
    release: Release, choice: Choice, hold: Callable[[], None], rest: Callable[[], None], *, using: str
) -> int:
    taken = 0
    # Whatever ends it, it is closed before its connection is.
    with closing(_rows(release, choice, using)) as rows:
        while batch := list(islice(rows, BATCH)):
            if taken:
                rest()
            with transaction.atomic(), connection.cursor() as cursor:
                hold()
                cursor.executemany(_INSERT, batch)
            taken += len(batch)
    return taken


def _rows(release: Release, choice: Choice, using: str) -> Generator[tuple[int, int, int, int]]:
    """What `_INSERT` takes, each record with its line."""
    lines = count()
    for part in _sorted_apart(queries.chosen(choice).using(using)):
        chosen = part.values_list("pk", "approved_version_id").iterator(chunk_size=BATCH)
        for submission, version in chosen:
            yield release.pk, submission, version, next(lines)


def _sorted_apart(chosen: QuerySet[Submission]) -> Iterator[QuerySet[Submission]]:
    """A choice in parts that follow one another, none too large to be sorted in this process, where SQLite sorts it.

    They are ranges of the first byte of the lines' SHA-256, so all are about as large.
    """
    if connection.vendor != "sqlite":
        yield chosen
        return
    parts = min(-(-chosen.count() // SORTED_AT_ONCE), 256)
    bounds = [f"{256 * part // parts:02x}" for part in range(parts)]
    for low, high in pairwise([*bounds, "g"]):
        yield chosen.filter(approved_version__sha256__gte=low, approved_version__sha256__lt=high)
