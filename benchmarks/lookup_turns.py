"""What `lookup.py` measures in a turn, on texts that are drawn anew each time: microseconds by step."""

import random
from collections.abc import Callable
from functools import partial

from django.db import connection, transaction

from crowd.domain.records import Record
from crowd.models import Signature, Version
from crowd.services import duplicates, signatures


class Turns:
    """Looks for texts as if each were new, for the others of its submission's do not count; and entries of texts."""

    def __init__(self, looks: int, clock: Callable[[], float]) -> None:
        self.looks = looks
        self.clock = clock
        self.dice = random.Random(7)
        self.versions = list(Version.objects.select_related("passage"))

    def look(self) -> dict[str, list[float]]:
        drawn = self.dice.sample(self.versions, self.looks)
        return {
            "bare query": [self._time(_bare_query(version)) for version in drawn],
            "instruction alone": [self._time(partial(_type, version)) for version in drawn],
            "whole look": [self._time(partial(duplicates.look_alikes_of, version)) for version in drawn],
        }

    def write(self) -> dict[str, list[float]]:
        drawn = self.dice.sample(self.versions, 2 * self.looks)
        _take_out(drawn)
        enter = [self._time(partial(_enter, version)) for version in drawn[: self.looks]]
        together = self._time(signatures.spread) / self.looks
        spread = [self._time(partial(_enter, version, and_spread=True)) for version in drawn[self.looks :]]
        return {"enter": enter, "spread, of many": [together], "enter and spread": spread}

    def _time(self, step: Callable[[], object]) -> float:
        began = self.clock()
        step()
        return 1e6 * (self.clock() - began)


def _type(version: Version) -> None:
    """What is asked while somebody types this version's instruction."""
    duplicates.find(Record(version.instruction, "", ""), but_not=version)


def _bare_query(version: Version) -> Callable[[], object]:
    """The reading of all this version's bands, which are at hand."""
    hashes = list(map(int, signatures.SCHEMES[signatures.current_scheme()](signatures.record_of(version))))
    places = ", ".join(["%s"] * len(hashes))
    statement = f"SELECT version_id FROM crowd_band WHERE hash IN ({places})"  # noqa: S608 -- places alone

    def query() -> None:
        with connection.cursor() as cursor:
            cursor.execute(statement, hashes)
            cursor.fetchall()

    return query


def _take_out(versions: list[Version]) -> None:
    rows = Signature.objects.filter(version__in=versions)
    signatures.erase_bands(rows)
    rows.delete()


def _enter(version: Version, *, and_spread: bool = False) -> None:
    """What a submission's transaction does for the index, in a transaction of its own."""
    with transaction.atomic():
        signatures.signature_of(version).save(force_insert=True)
        if and_spread:
            signatures.spread()
