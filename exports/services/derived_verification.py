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

from exports.domain import card, contents, derived
from exports.domain import manifest as manifests
from exports.domain.attribution import Attribution
from exports.domain.croissant import of_derived
from exports.domain.derived import BadDerived, Derived, Part
from exports.domain.evidence import BadLine, read_provenance, read_texts, record_behind
from exports.domain.formats import FORMATS, PARQUET, json_line
from exports.domain.licence_file import holder_in
from exports.domain.manifest import BadManifest, Manifest
from exports.services import derived_card, parquet, release_formats, rewriting, strangers
from exports.services.dataset_card import exporter

_NO_FIGURES = f"{derived.RELEASE} does not hold the figures of a release"


class DerivedVerification:
    """One look at a derived folder: `problems` first, and then what it proves."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.derived: Derived | None = None
        self.ignored: list[str] = []
        self.attribution = Attribution()
        self.words = ""  # what is said of those that cannot be written again

    def problems(self) -> Iterator[str]:
        """Everything that is wrong, in words that a terminal can show. Nothing comes for a folder as it was exported."""
        return (strangers.printable(problem) for problem in self._problems())

    def report(self) -> list[str]:
        """What a folder without problems proves, and what it cannot; for after `problems`."""
        made = self.derived
        if made is None:
            return []
        return [
            (
                f"{self.folder} holds what {derived.NAME} says, derived from release {made.release}. No signature is over it, so "
                "it proves only that it agrees with itself."
            ),
            (
                f"Proved: {len(made.files)} files have the bytes that {derived.NAME} names; data and provenance are those "
                f"that {derived.RELEASE} names, all {made.counts['records']} records; every format holds the same."
            ),
            (
                f"Not proved: that {derived.RELEASE} is its publisher's. Compare its SHA-256, {made.manifest_sha256}, "
                f"with the release's, or verify the release.{self.words}"
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
        wrong = 0
        for wrong, found in enumerate(self._claims(made, release), start=1):  # noqa: B007 -- whether anything is
            yield found
        if not wrong:
            yield from self._words(made, release)

    def _claims(self, made: Derived, release: Manifest) -> Iterator[str]:
        yield from (f"{derived.RELEASE}: {problem}" for problem in contents.problems(release))
        yield from self._surplus(made, release)
        rights = {file for file in release.files if derived.is_about_rights(file.path)}
        yield from (f"{file.path} is not the release's" for file in sorted(rights - set(made.files), key=str))
        try:
            yield from self._records(made, release)
        except BadLine as problem:
            yield f"a record is not as a release writes it: {problem}"
            return
        yield from self._formats(made)
        yield from self._card(made, release)
        yield from self._croissant(made, release)

    def _surplus(self, made: Derived, release: Manifest) -> Iterator[str]:
        """Files that no export writes, whatever derived.json lists."""
        rights = {file.path for file in release.files if derived.is_about_rights(file.path)}
        listed = {file.path for file in made.files}
        for path in sorted(listed - made.needed - rights - {manifests.CROISSANT}):
            yield f"{path} does not belong to a derived folder, and {derived.NAME} lists it"

    def _records(self, made: Derived, release: Manifest) -> Iterator[str]:
        """Put the parts together again: they must be the release's data and provenance, byte for byte."""
        data, provenance = hashlib.sha256(), hashlib.sha256()
        found: Counter[tuple[str, str]] = Counter()
        with ExitStack() as stack:
            parts = [self._lines(part, stack) for part in made.parts]
            for _sha256, part, line, told in merge(*parts, key=lambda entry: entry[0]):
                data.update(line)
                provenance.update(told)
                category = self._credit(line, told)
                found[part.split, category] += 1
                if part.category not in {"", category}:
                    yield f"{part.path(derived.DATA)} holds a record of another category"
        named = {file.path: file.sha256 for file in release.files}
        for path, digest in ((manifests.DATA, data), (manifests.PROVENANCE, provenance)):
            if named[path] != digest.hexdigest():
                yield f"the parts together are not the release's {path}"
        if made.counts != derived.count(found, made.splits):
            yield f"{derived.NAME} counts other records than there are"

    def _credit(self, line: bytes, told: bytes) -> str:
        """Note whom a record demands to credit. Returns its category; raises BadLine."""
        texts, category = read_texts(line)
        self.attribution.add(record_behind(texts, read_provenance(told), key_of=lambda _person: 0))
        return category

    def _lines(self, part: Part, stack: ExitStack) -> Iterator[tuple[str, Part, bytes, bytes]]:
        """A part's lines with those of its provenance, by the SHA-256 of the data line; a missing one is empty."""
        data, provenance = (
            strangers.lines(stack.enter_context(strangers.open_plain(self.folder / part.path(folder))))
            for folder in (derived.DATA, derived.PROVENANCE)
        )
        for line, told in zip_longest(data, provenance, fillvalue=b""):
            yield hashlib.sha256(line).hexdigest(), part, line, told

    def _formats(self, made: Derived) -> Iterator[str]:
        for name in made.formats:
            for part in made.parts:
                if not self._is_same(part, name):
                    yield f"{part.path(name)} does not hold what {part.path(derived.DATA)} does"

    def _is_same(self, part: Part, name: str) -> bool:
        expected = release_formats.rows(self.folder / part.path(derived.DATA), name)
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
        try:
            fields = card.read_front_matter(self._text(manifests.CARD))
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

    def _words(self, made: Derived, release: Manifest) -> Iterator[str]:
        """Licence files, attribution and card, as they are written again; another exporter's card may have other words."""
        try:
            holder = holder_in(self._text(manifests.LICENCE))
            written = rewriting.licences(release.licence, holder=holder)
            written[manifests.ATTRIBUTION] = self.attribution.render(holder=holder).encode(
                errors="surrogatepass"
            )
            if made.exporter.partition(",")[0] == exporter():
                written[manifests.CARD] = derived_card.render(release, made, holder=holder).encode()
            else:
                self.words = f" Nor the words of {manifests.CARD}: {made.exporter} wrote them."
            for path, content in sorted(written.items()):
                yield from rewriting.difference(path, strangers.whole(self.folder / path), content)
        except OSError as problem:
            yield str(problem)
        except rewriting.NO_FIGURES:
            yield _NO_FIGURES

    def _text(self, path: str) -> str:
        return strangers.whole(self.folder / path).decode(errors="replace")

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
        try:
            written = of_derived(release.about, made, holder=str(holder))
        except rewriting.NO_FIGURES:
            yield _NO_FIGURES
            return
        if written != content:
            yield f"{manifests.CROISSANT} describes something else than {derived.NAME} and {derived.RELEASE}"
