"""A tombstone: that a line of an earlier release no longer stands. Its line in tombstones.jsonl, and reading it. Pure.

Whoever holds the earlier release finds the line by its hash and takes it out, or puts the corrected one in its place.
A tombstone tells a day and no moment, and the file's order is that of ids: what one person took back together cannot
be told from what others took back that day. It never holds a text, a name, a pseudonym or a reason.
"""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

NAME = "tombstones.jsonl"
KEYS = ("id", "sha256", "kind", "on", "release")

_SHA256 = re.compile(r"[0-9a-f]{64}")


class Kind(StrEnum):
    """What became of the record."""

    WITHDRAWN = "withdrawn"  # its author or an admin took it back; no later release holds it
    CORRECTED = "corrected"  # the same id has another text now


class BadTombstone(ValueError):
    """This is no line of tombstones.jsonl; the message says why."""


@dataclass(frozen=True, slots=True, order=True)
class Tombstone:
    """One line that stands no longer. `release` is the last one that held it."""

    id: str
    sha256: str
    kind: str
    on: str
    release: str

    @property
    def line(self) -> bytes:
        """Its line in tombstones.jsonl."""
        return json.dumps(asdict(self), ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def lines(tombstones: Iterable[Tombstone]) -> bytes:
    """The file's bytes, in the order of ids."""
    return b"".join(tombstone.line for tombstone in sorted(tombstones))


def read(line: bytes) -> Tombstone:
    """Read a line strictly. Raises BadTombstone."""
    try:
        fields = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise BadTombstone("it is not JSON in UTF-8") from error
    if not isinstance(fields, dict) or tuple(fields) != KEYS:
        raise BadTombstone(f"it must have the keys {', '.join(KEYS)}, in this order")
    if not all(isinstance(value, str) for value in fields.values()):
        raise BadTombstone("its values must be texts")
    tombstone = Tombstone(**fields)
    if not _is_sound(tombstone) or tombstone.line != line:
        raise BadTombstone("it is not written the way a release writes it")
    return tombstone


def _is_sound(tombstone: Tombstone) -> bool:
    try:
        spelled = (str(UUID(tombstone.id)), date.fromisoformat(tombstone.on).isoformat())
    except ValueError:
        return False
    is_known = tombstone.kind in list(Kind) and _SHA256.fullmatch(tombstone.sha256) is not None
    return is_known and spelled == (tombstone.id, tombstone.on)


@dataclass(frozen=True, slots=True)
class Since:
    """How many of a release's records were taken back, and how many were corrected, since it was cut."""

    withdrawn: int = 0
    corrected: int = 0

    def __bool__(self) -> bool:
        return bool(self.withdrawn or self.corrected)


def audit(content: Iterable[bytes], *, holds: Callable[[str], bool]) -> Iterator[str]:
    """Everything wrong with the lines of a tombstones.jsonl. `holds` says whether the release has a record."""
    last: Tombstone | None = None
    for number, line in enumerate(content, start=1):
        try:
            told = read(line)
        except BadTombstone as problem:
            yield f"{NAME}, line {number}: {problem}"
            continue
        if last is not None and told <= last:
            yield f"{NAME}, line {number}: it is out of order, or stands there twice"
        if told.kind == Kind.WITHDRAWN and holds(told.id):
            yield f"{NAME}, line {number}: the record {told.id} is withdrawn, and stands in the data"
        last = told


def count(tombstones: Iterable[Tombstone]) -> Since:
    """How many of each kind."""
    kinds = Counter(tombstone.kind for tombstone in tombstones)
    return Since(withdrawn=kinds[Kind.WITHDRAWN], corrected=kinds[Kind.CORRECTED])
