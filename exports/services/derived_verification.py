"""Verify a derived folder, offline: its own bytes, and that it holds exactly the records of the release that it names."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from heapq import merge
from itertools import zip_longest
from pathlib import Path

import pyarrow as pa

from crowd.domain.records import BadRecord, parse_record
from exports.domain import card, derived
from exports.domain import manifest as manifests
from exports.domain.croissant import of_derived
from exports.domain.derived import BadDerived, Derived, Part
from exports.domain.formats import FORMATS, PARQUET, json_line
from exports.domain.manifest import BadManifest, Manifest
from exports.services import parquet, strangers
from exports.services.derived import shape_rows


class DerivedVerification:
    """One look at a derived folder: `problems` first, and then what it proves."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.derived: Derived | None = None
        self.ignored: list[str] = []

    def problems(self) -> Iterator[str]:
        """Everything that is wrong, in words that a terminal can show. Nothing comes for a folder as it was exported."""
        return (strangers.printable(problem) for problem in self._problems())

    def report(self) -> list[str]:
        """What a folder without problems proves, and what it cannot; for after `problems`."""
        made = self.derived
        if made is None:
            return []
        return [
            f"{self.folder} is derived from release {made.release}: nothing is changed, missing or added.",
            (
                f"Proved: {len(made.files)} files have the bytes that {derived.NAME} names; data and provenance are those "
                f"that {derived.RELEASE} names, all {made.counts['records']} records; every shape holds the same."
            ),
            (
                f"Not proved: that {derived.RELEASE} is its publisher's. Compare its SHA-256, {made.manifest_sha256}, "
                "with the release's, or verify the release."
            ),
        ]

    def _problems(self) -> Iterator[str]:
        try:
            made = derived.load(strangers.whole(self.folder / derived.NAME))
        except OSError:
            yield f"{derived.NAME} is missing or cannot be read"
            return
        except BadDerived as problem:
            yield f"{derived.NAME}: {problem}"
            return
        self.derived = made
        expected = {file.path for file in made.files} | {derived.NAME}
        damage = [*strangers.surplus(self.folder, expected, self.ignored), *self._damage(made)]
        yield from damage
        if not damage:  # hashes that fail say all there is to say
            yield from self._contents(made)

    def _damage(self, made: Derived) -> Iterator[str]:
        for file in made.files:
            if problem := strangers.damage_of(self.folder, file):
                yield f"{file.path} {problem}"

    def _contents(self, made: Derived) -> Iterator[str]:
        content = strangers.whole(self.folder / derived.RELEASE)
        if hashlib.sha256(content).hexdigest() != made.manifest_sha256:
            yield f"{derived.RELEASE} is not the one that {derived.NAME} names"
        try:
            release = manifests.load(content)
        except BadManifest as problem:
            yield f"{derived.RELEASE}: {problem}"
            return
        if release.version != made.release:
            yield f"{derived.RELEASE} is of another release than {derived.NAME}"
        rights = {file for file in release.files if derived.is_about_rights(file.path)}
        yield from (f"{file.path} is not the release's" for file in sorted(rights - set(made.files), key=str))
        try:
            yield from self._records(made, release)
        except BadRecord as problem:
            yield f"the data holds no record as a release writes it: {problem}"
            return
        yield from self._shapes(made)
        yield from self._card(made, release)
        yield from self._croissant(made, release)

    def _records(self, made: Derived, release: Manifest) -> Iterator[str]:
        """Put the parts together again: they must be the release's data and provenance, byte for byte."""
        data, provenance = hashlib.sha256(), hashlib.sha256()
        found: Counter[tuple[str, str]] = Counter()
        with ExitStack() as stack:
            parts = [self._lines(part, stack) for part in made.parts]
            for _sha256, part, line, told in merge(*parts, key=lambda entry: entry[0]):
                data.update(line)
                provenance.update(told)
                category = parse_record(line).category
                found[part.split, category] += 1
                if part.category not in {"", category}:
                    yield f"{part.path(derived.DATA)} holds a record of another category"
        named = {file.path: file.sha256 for file in release.files}
        for path, digest in ((manifests.DATA, data), (manifests.PROVENANCE, provenance)):
            if named[path] != digest.hexdigest():
                yield f"the parts together are not the release's {path}"
        if made.counts != derived.count(found, made.splits):
            yield f"{derived.NAME} counts other records than there are"

    def _lines(self, part: Part, stack: ExitStack) -> Iterator[tuple[str, Part, bytes, bytes]]:
        """A part's lines with those of its provenance, by the SHA-256 of the data line; a missing one is empty."""
        data, provenance = (
            strangers.lines(stack.enter_context(strangers.open_plain(self.folder / part.path(folder))))
            for folder in (derived.DATA, derived.PROVENANCE)
        )
        for line, told in zip_longest(data, provenance, fillvalue=b""):
            yield hashlib.sha256(line).hexdigest(), part, line, told

    def _shapes(self, made: Derived) -> Iterator[str]:
        for name in made.formats:
            for part in made.parts:
                if not self._is_same(part, name):
                    yield f"{part.path(name)} does not hold what {part.path(derived.DATA)} does"

    def _is_same(self, part: Part, name: str) -> bool:
        expected = shape_rows(self.folder / part.path(derived.DATA), name)
        path = self.folder / part.path(name)
        if FORMATS[name].suffix == PARQUET:
            try:
                return all(one == other for one, other in zip_longest(expected, parquet.read(path)))
            except (pa.ArrowException, OSError):
                return False
        with strangers.open_plain(path) as stream:
            lines = zip_longest(map(json_line, expected), strangers.lines(stream))
            return all(one == other for one, other in lines)

    def _card(self, made: Derived, release: Manifest) -> Iterator[str]:
        text = strangers.whole(self.folder / manifests.CARD).decode(errors="replace")
        try:
            fields = card.read_front_matter(text)
        except ValueError as problem:
            yield f"{manifests.CARD}: {problem}"
            return
        expected = {
            "license": card.hub_licence(release.licence),
            "configs": derived.configs(made),
            "release": release.about,
            "derived": made.about,
        }
        for key, value in expected.items():
            if fields.get(key) != value:
                yield f"{manifests.CARD} tells something else under {key} than {derived.NAME} and {derived.RELEASE}"

    def _croissant(self, made: Derived, release: Manifest) -> Iterator[str]:
        """Folders of before there was one have none. Who holds the rights, the release's files tell."""
        if all(file.path != manifests.CROISSANT for file in made.files):
            return
        content = strangers.whole(self.folder / manifests.CROISSANT)
        try:
            holder = json.loads(content)["creator"]["name"]
        except (ValueError, TypeError, KeyError, RecursionError):
            yield f"{manifests.CROISSANT} is not written the way an export writes it"
            return
        if not isinstance(holder, str) or of_derived(release.about, made, holder=holder) != content:
            yield f"{manifests.CROISSANT} describes something else than {derived.NAME} and {derived.RELEASE}"
