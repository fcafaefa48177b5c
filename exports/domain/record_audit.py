"""What data and provenance say, line by line, and whether they say it of the same records. Pure."""

import hashlib
from collections.abc import Iterable, Iterator
from itertools import zip_longest
from typing import Any
from uuid import UUID

from crowd.domain.licences import HUMAN_ORIGINS, is_commercial
from exports.domain.attribution import Attribution
from exports.domain.evidence import BadLine, is_imported, read_provenance, read_texts, record_behind
from exports.domain.figures import Figures
from exports.domain.manifest import DATA, PROVENANCE
from exports.domain.quality import Quality
from exports.domain.record import Record
from exports.domain.release import Profile


class RecordAudit:
    """Walks data and provenance side by side, and counts again what the other files state."""

    def __init__(self, profile: str) -> None:
        self.profile = profile
        self.figures = Figures()
        self.attribution = Attribution()
        self.quality = Quality()
        self.wordings: set[tuple[str, str]] = set()  # of the grant: number and SHA-256
        self._people: dict[str, int] = {}
        self._ids: set[bytes] = set()
        self._last_sha256 = ""

    def problems(self, data: Iterable[bytes], provenance: Iterable[bytes]) -> Iterator[str]:
        """Everything wrong with the lines, each with its number. Lines that cannot be read are not counted."""
        for number, (line, told) in enumerate(zip_longest(data, provenance), start=1):
            if line is None or told is None:
                short = DATA if line is None else PROVENANCE
                yield f"{short} ends before line {number}: data and provenance are not 1:1"
                return
            for problem in self._line(line, told):
                yield f"line {number}: {problem}"

    @property
    def licences(self) -> set[str]:
        """Every licence that a text or a passage is under."""
        return {*self.figures.licences, *self.figures.passage_licences}

    def counts(self) -> dict[str, Any]:
        """The figures, counted again as a cut counts them."""
        return self.figures.counts(pages=self.attribution.pages)

    def holds(self, record: str) -> bool:
        """Whether one of the lines is this record's."""
        return UUID(record).bytes in self._ids

    def _line(self, line: bytes, told: bytes) -> Iterator[str]:
        digest = hashlib.sha256(line).hexdigest()
        if digest < self._last_sha256:
            yield "the data is not in the order of its SHA-256"
        self._last_sha256 = digest
        try:
            texts, category = read_texts(line)
            entry = read_provenance(told)
        except BadLine as problem:
            yield str(problem)
            return
        record = record_behind(texts, entry, key_of=self._key_of)
        yield from _mismatches(record, category, digest)
        yield from self._repeated(record)
        yield from _rights(record, entry, self.profile)
        self.figures.add(record)
        self.attribution.add(record)
        self.quality.add(record)
        if record.grant:
            self.wordings.add((record.grant.wording, record.grant.sha256))

    def _key_of(self, pseudonym: str) -> int:
        return self._people.setdefault(pseudonym, len(self._people))

    def _repeated(self, record: Record) -> Iterator[str]:
        key = UUID(record.id).bytes
        if key in self._ids:
            yield f"the record {record.id} stands here twice"
        self._ids.add(key)


def _mismatches(record: Record, category: str, digest: str) -> Iterator[str]:
    if record.sha256 != digest:
        yield "the provenance is another record's: its sha256 is not the data line's"
    if record.category != category:
        yield "data and provenance differ in the category"
    passage, context = record.passage, record.texts.context
    if bool(context) != bool(passage):
        yield "data and provenance differ in whether there is a passage"
    elif passage and passage.sha256 != hashlib.sha256(context.encode("utf-8", "surrogatepass")).hexdigest():
        yield "the context is not the passage that the provenance names: its sha256 is another"


def _rights(record: Record, entry: dict[str, Any], profile: str) -> Iterator[str]:
    granted = entry["grant"]["licence"]
    if not all((*record.licences, granted)):
        yield "a licence or a grant is missing"
    if not record.origin or not entry["source"]:
        yield "the origin or the source is missing"
    if profile == Profile.COMMERCIAL:
        if record.origin not in HUMAN_ORIGINS:
            yield f"the origin {record.origin} may not stand in a commercial release"
        if not all(is_commercial(licence) for licence in (*record.licences, granted) if licence):
            yield "its licence may not stand in a commercial release"
    passage = record.passage
    if passage and not is_imported(entry) and not (passage.url and passage.revision_id):
        yield "the passage names no page with its revision"
    if any(review.reviewer == record.author for review in record.reviews):
        yield "somebody has decided on their own text"
