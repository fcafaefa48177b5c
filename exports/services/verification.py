"""Verify a downloaded release folder: offline, without a database, trusting nothing in it."""

import hashlib
import json
import os
from collections import Counter
from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path
from typing import Any, BinaryIO

from crowd.domain.licences import HUMAN_ORIGINS, is_commercial, release_licences
from crowd.domain.records import BadRecord, Record, data_line, parse_record
from exports.domain import manifest as manifests
from exports.domain.attribution import credited
from exports.domain.card import hub_licence, is_mixed, read_front_matter
from exports.domain.licence_file import names_licence
from exports.domain.manifest import BadManifest, File, Manifest
from exports.domain.provenance import KEYS
from exports.domain.release import Profile

BLOCK = 1024 * 1024
# No line of a release comes near; a file that is one huge line must not fill the memory.
MAX_LINE_BYTES = 16 * 1024 * 1024


def verify(folder: Path) -> Iterator[str]:
    """Everything that is wrong with the folder, in words. Nothing comes for a release as it was cut."""
    try:
        with _open(folder / manifests.NAME) as stream:
            manifest = manifests.load(stream.read())
    except OSError:
        yield f"{manifests.NAME} is missing or cannot be read"
        return
    except BadManifest as problem:
        yield f"{manifests.NAME}: {problem}"
        return
    damage = [*_surplus(folder, manifest), *_damage(folder, manifest)]
    yield from damage
    if not damage:  # hashes that fail say all there is to say
        yield from _contents(folder, manifest)


def _surplus(folder: Path, manifest: Manifest) -> Iterator[str]:
    expected = {file.path for file in manifest.files} | {manifests.NAME}
    folders = {str(parent) for path in expected for parent in Path(path).parents}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_symlink():
            yield f"{name} is a link, and a release holds files only"
        elif name not in (folders if path.is_dir() else expected):
            yield f"{name} does not belong to the release"


def _damage(folder: Path, manifest: Manifest) -> Iterator[str]:
    for file in manifest.files:
        problem = _damage_of(folder, file)
        if problem:
            yield f"{file.path} {problem}"


def _damage_of(folder: Path, file: File) -> str:
    try:
        with _open(folder / file.path) as stream:
            if os.fstat(stream.fileno()).st_size != file.bytes:
                return f"does not have its {file.bytes} bytes"
            digest = hashlib.sha256()
            while block := stream.read(BLOCK):
                digest.update(block)
    except OSError:
        return "is missing or cannot be read"
    return "" if digest.hexdigest() == file.sha256 else "is changed: its SHA-256 is another"


def _open(path: Path) -> BinaryIO:
    """Open a file, never through a link and never waiting for the other end of a pipe."""
    return os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb")


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")


def _contents(folder: Path, manifest: Manifest) -> Iterator[str]:
    records = _Records(manifest)
    with (
        (folder / manifests.DATA).open("rb") as data,
        (folder / manifests.PROVENANCE).open("rb") as provenance,
    ):
        yield from records.compare(data, provenance)
    yield from records.totals()
    yield from _licence(folder, manifest, records.licences)
    yield from _attribution(folder, records.credits)
    yield from _card(folder, manifest)


class _Records:
    """Walks data and provenance side by side and remembers what the other files have to agree with."""

    def __init__(self, manifest: Manifest) -> None:
        self.manifest = manifest
        self.licences: set[str] = set()
        self.credits: set[str] = set()
        self.categories: Counter[str] = Counter()
        self.ids: set[str] = set()
        self.last_sha256 = ""

    def compare(self, data: BinaryIO, provenance: BinaryIO) -> Iterator[str]:
        for number, (line, told) in enumerate(zip_longest(_lines(data), _lines(provenance)), start=1):
            if line is None or told is None:
                short = manifests.DATA if line is None else manifests.PROVENANCE
                yield f"{short} ends before line {number}: data and provenance are not 1:1"
                return
            for problem in self._problems(line, told):
                yield f"line {number}: {problem}"

    def totals(self) -> Iterator[str]:
        counts = self.manifest.counts
        if counts.get("records") != self.categories.total():
            yield f"{manifests.NAME} counts {counts.get('records')} records, there are {self.categories.total()}"
        if counts.get("categories") != dict(self.categories):
            yield f"{manifests.NAME} counts other records per category than there are"

    def _problems(self, line: bytes, told: bytes) -> Iterator[str]:
        digest = hashlib.sha256(line).hexdigest()
        if digest < self.last_sha256:
            yield "the data is not in the order of its SHA-256"
        self.last_sha256 = digest
        record = _record(line)
        if record is None:
            yield "the data is not a record as a release writes it"
            return
        self.categories[record.category] += 1
        entry = _entry(told)
        if entry is None:
            yield f"the provenance does not have the keys {', '.join(KEYS)}"
            return
        if entry["sha256"] != digest:
            yield "the provenance is another record's: its sha256 is not the data line's"
        if entry["category"] != record.category:
            yield "data and provenance differ in the category"
        if bool(record.context) != bool(entry["passage"]):
            yield "data and provenance differ in whether there is a passage"
        if entry["id"] in self.ids:
            yield f"the record {entry['id']} stands here twice"
        self.ids.add(entry["id"])
        yield from self._rights(entry)

    def _rights(self, entry: dict[str, Any]) -> Iterator[str]:
        passage, grant = entry["passage"] or {}, entry["grant"] or {}
        licences = {entry["licence"]} | ({passage.get("licence")} if passage else set())
        self.licences |= {licence for licence in licences if licence}
        if not all(licences) or not grant.get("licence"):
            yield "a licence or a grant is missing"
        if not entry["origin"] or not entry["source"]:
            yield "the origin or the source is missing"
        if self.manifest.profile == Profile.COMMERCIAL:
            if entry["origin"] not in HUMAN_ORIGINS:
                yield f"the origin {entry['origin']} may not stand in a commercial release"
            granted = {grant["licence"]} if grant.get("licence") else set()
            if not all(is_commercial(licence) for licence in licences | granted if licence):
                yield "its licence may not stand in a commercial release"
        if entry["author"] is None:
            self.credits.add(entry["source"])
        elif passage:
            if not passage.get("url") or not passage.get("revision_id"):
                yield "the passage names no page with its revision"
            else:
                self.credits.add(passage["url"])
        if entry["author"] and any(review.get("reviewer") == entry["author"] for review in entry["reviews"]):
            yield "somebody has decided on their own text"


def _lines(stream: BinaryIO) -> Iterator[bytes]:
    while line := stream.readline(MAX_LINE_BYTES):
        yield line


def _record(line: bytes) -> Record | None:
    """The record, or None where the line is not spelled the way a release spells it."""
    try:
        record = parse_record(line)
    except BadRecord:
        return None
    same = data_line(record.instruction, record.context, record.response, record.category)
    return record if same == line else None


def _entry(line: bytes) -> dict[str, Any] | None:
    try:
        entry = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(entry, dict) or tuple(entry) != KEYS:
        return None
    texts = all(
        isinstance(entry[key], str) for key in ("id", "category", "origin", "licence", "source", "sha256")
    )
    maps = all(_is_map_of_texts(entry[key], "licence", "url") for key in ("grant", "passage"))
    reviews = isinstance(entry["reviews"], list) and all(
        isinstance(review, dict) for review in entry["reviews"]
    )
    return entry if texts and maps and reviews else None


def _is_map_of_texts(value: object, *keys: str) -> bool:
    """Whether it is null, or an object whose values under these keys, where it has them, are texts."""
    if value is None:
        return True
    return isinstance(value, dict) and all(isinstance(value.get(key, ""), str) for key in keys)


def _licence(folder: Path, manifest: Manifest, licences: set[str]) -> Iterator[str]:
    if not is_mixed(manifest.licence) and manifest.licence not in release_licences(licences):
        yield f"not every record permits the licence {manifest.licence}"
    if is_mixed(manifest.licence) and manifest.profile == Profile.COMMERCIAL:
        yield "a commercial release has one licence"
    if not names_licence(_text(folder / manifests.LICENCE), manifest.licence):
        yield f"{manifests.LICENCE} does not name {manifest.licence}"


def _attribution(folder: Path, needed: set[str]) -> Iterator[str]:
    named = credited(_text(folder / manifests.ATTRIBUTION))
    for credit in sorted(needed - named):
        yield f"{manifests.ATTRIBUTION} does not credit {credit}"


def _card(folder: Path, manifest: Manifest) -> Iterator[str]:
    try:
        fields = read_front_matter(_text(folder / manifests.CARD))
    except ValueError as problem:
        yield f"{manifests.CARD}: {problem}"
        return
    if fields.get("license") != hub_licence(manifest.licence):
        yield f"{manifests.CARD} names another licence than {manifests.NAME}"
    if fields.get("release") != manifest.about:
        yield f"{manifests.CARD} and {manifests.NAME} do not tell the same of the release"
