"""Verify a downloaded release folder: offline, without a database, trusting nothing in it."""

import hashlib
import os
from collections.abc import Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import Any

from exports.domain import contents, pictures, quality, quality_audit, tombstone
from exports.domain import manifest as manifests
from exports.domain import signature as signatures
from exports.domain import statement_audit as statements
from exports.domain.card import choices_in_words
from exports.domain.manifest import BadManifest, Manifest
from exports.domain.record_audit import RecordAudit
from exports.domain.signature import BadSignature, Signature
from exports.domain.tombstone import Tombstone
from exports.services import dataset_card, rewriting, strangers
from exports.services.rewriting import NoFigures, Rewriting


class Verification:
    """One look at a folder. `problems` finds them all, and afterwards the rest can be told.

    Where `keys` are given, the public ones of those who may sign, a release that none of them signed is a problem.
    """

    def __init__(self, folder: Path, *, keys: frozenset[bytes] = frozenset()) -> None:
        self.folder = folder
        self.keys = keys
        self.manifest: Manifest | None = None
        self.manifest_sha256 = ""
        self.signature: Signature | None = None
        self.ignored: list[str] = []
        self.unproved: list[str] = []
        self.stated: list[str] = []
        self.words: list[str] = []  # the site's own, that nothing in the folder proves

    def problems(self) -> Iterator[str]:
        """Everything that is wrong, in words that a terminal can show. Nothing comes for a release as it was cut."""
        return (strangers.printable(problem) for problem in self._problems())

    def report(self) -> list[str]:
        """What a folder without problems proves, and what it cannot; for after `problems`."""
        if self.manifest is None:
            return []
        files, records = len(self.manifest.files), self.manifest.counts["records"]
        lines = [
            self._whose(self.manifest.version),
            (
                f"Proved: {files} files have the bytes that {manifests.NAME} names, and no other file is there; each of "
                f"{records} records has its line of provenance; the stated figures, the licence and the attribution are "
                "those that the records give."
            ),
        ]
        if self.unproved:
            lines.append(f"Taken from {manifests.NAME}, not proved: {', '.join(self.unproved)}.")
        if self.ignored:
            lines.append(f"No part of the release, and not looked at: {', '.join(self.ignored)}.")
        if self.stated:
            lines.append(f"Taken from {quality.PATH}, the site's word: {', '.join(self.stated)}.")
        lines += [f"Not proved: {words}" for words in self.words]
        lines.append("Not proved: that what the provenance says of people, licences and sources is true.")
        return [strangers.printable(line) for line in lines]

    def _whose(self, version: str) -> str:
        """First what all the rest hangs on: whether anybody vouches for the manifest."""
        if self.signature is None:
            return (
                f"{self.folder} is unsigned, so it proves only that it agrees with itself as release {version}, not who made "
                f"it: compare the SHA-256 of its {manifests.NAME}, {self.manifest_sha256}, with the publisher's."
            )
        if self.keys:
            return (
                f"{self.folder} is release {version} as it was signed by {self.signature.fingerprint}, a key that you gave: "
                "nothing is changed, missing or added."
            )
        return (
            f"{self.folder} is release {version} as it was signed by the key {self.signature.fingerprint}. Whose key that is, "
            "a signature cannot tell: get the publisher's from the publisher and pass it as --key."
        )

    def _problems(self) -> Iterator[str]:
        try:
            content = strangers.whole(self.folder / manifests.NAME)
            self.manifest_sha256 = hashlib.sha256(content).hexdigest()
            self.manifest = manifests.load(content)
        except OSError:
            yield f"{manifests.NAME} is missing or cannot be read"
            return
        except BadManifest as problem:
            yield f"{manifests.NAME}: {problem}"
            return
        damage = [
            *contents.problems(self.manifest),
            *self._surplus(self.manifest),
            *self._damage(self.manifest),
        ]
        yield from damage
        yield from self._signature(content)
        if not damage:  # hashes that fail say all there is to say
            yield from self._contents(self.manifest)

    def _signature(self, content: bytes) -> Iterator[str]:
        place = self.folder / signatures.NAME
        if not os.path.lexists(place):
            if self.keys:
                yield f"{signatures.NAME} is missing: nobody has signed the release"
            return
        try:
            signature = signatures.read(strangers.whole(place))
            signature.verify(content)
        except OSError:
            yield f"{signatures.NAME} cannot be read"
        except BadSignature as problem:
            yield f"{signatures.NAME} is no signature of {manifests.NAME}: {problem}"
        else:
            self.signature = signature
            if self.keys and signature.key not in self.keys:
                yield f"{signatures.NAME} is by another key than those you gave: {signature.fingerprint}"

    def _surplus(self, manifest: Manifest) -> Iterator[str]:
        expected = {file.path for file in manifest.files} | {manifests.NAME, signatures.NAME}
        return strangers.surplus(self.folder, expected, self.ignored)

    def _damage(self, manifest: Manifest) -> Iterator[str]:
        for file in manifest.files:
            problem = strangers.damage_of(self.folder, file)
            if problem:
                yield f"{file.path} {problem}"

    def _contents(self, manifest: Manifest) -> Iterator[str]:
        """The records first, then what is said of them; last every word, where nothing else is wrong that words repeat."""
        try:
            texts = {path: self._text(path) for path in manifests.FILES if path not in _LINES}
            told = quality_audit.read(strangers.whole(self.folder / quality.PATH))
        except OSError as problem:
            yield str(problem)
            return
        except ValueError as problem:
            yield f"{quality.PATH}: {problem}"
            return
        audit, wrong = RecordAudit(manifest.profile), 0
        proved = (
            self._records(audit),
            self._tombstones(manifest, audit),
            self._statements(manifest, audit, texts),
            self._figures(manifest, told, audit),
        )
        for wrong, found in enumerate(chain(*proved), start=1):  # noqa: B007 -- whether anything is
            yield found
        if not wrong:
            yield from self._words(Rewriting(manifest, audit, told, self._carried(manifest), texts))

    def _records(self, audit: RecordAudit) -> Iterator[str]:
        with (
            (self.folder / manifests.DATA).open("rb") as data,
            (self.folder / manifests.PROVENANCE).open("rb") as provenance,
        ):
            yield from audit.problems(strangers.lines(data), strangers.lines(provenance))

    def _figures(self, manifest: Manifest, told: Mapping[str, Any], audit: RecordAudit) -> Iterator[str]:
        self.stated = list(told["stated"])
        if manifest.counts.get("languages") != told["stated"].get("languages"):
            yield f"{manifests.NAME} states other languages than {quality.PATH}"
        yield from quality_audit.problems(told, audit.quality.counted())

    def _statements(self, manifest: Manifest, audit: RecordAudit, texts: Mapping[str, str]) -> Iterator[str]:
        counted = audit.counts()
        self.unproved = statements.uncounted(manifest, counted)
        yield from statements.figures(manifest, counted)
        yield from statements.licence(manifest, texts[manifests.LICENCE], audit.licences)
        yield from statements.attribution(texts[manifests.ATTRIBUTION], audit.attribution.credits())
        yield from statements.card(manifest, texts[manifests.CARD], counted)
        yield from statements.croissant(manifest, texts[manifests.CROISSANT], counted)

    def _tombstones(self, manifest: Manifest, audit: RecordAudit) -> Iterator[str]:
        if _lists(manifest, tombstone.NAME):
            with (self.folder / tombstone.NAME).open("rb") as content:
                yield from tombstone.audit(strangers.lines(content), holds=audit.holds)

    def _carried(self, manifest: Manifest) -> list[Tombstone]:
        """A release that follows no other, or whose forerunners all stand, has none."""
        if not _lists(manifest, tombstone.NAME):
            return []
        with (self.folder / tombstone.NAME).open("rb") as content:
            return [tombstone.read(line) for line in strangers.lines(content)]

    def _words(self, again: Rewriting) -> Iterator[str]:
        """Whether every file that describes the release is, byte for byte, what its records and figures give."""
        manifest, here = again.manifest, dataset_card.exporter()
        yield from self._differences(again.rights())
        self.words = [f"that credit is due to {again.holder}, as {manifests.LICENCE} says."]
        if manifest.exporter != here:
            self.words.append(
                f"the words of {manifests.CARD} and {manifests.CROISSANT}, and the pictures: {manifest.exporter} wrote them, "
                f"and {here} cannot write them again."
            )
            yield from self._active_pictures(manifest)
            return
        if left_out := choices_in_words(again.choice):
            self.words.append(f"what was left out, as {manifests.CARD} says: {' '.join(left_out)}")
        try:
            written = again.words()
        except NoFigures:
            yield f"{quality.PATH} does not hold the figures of a release"
            return
        drawn, listed = pictures.PATHS & written.keys(), _pictures(manifest)
        yield from (f"{path} shows nothing that {quality.PATH} tells" for path in sorted(listed - drawn))
        yield from (f"{path} is missing, and {quality.PATH} gives it" for path in sorted(drawn - listed))
        yield from self._differences({path: written[path] for path in written.keys() - (drawn - listed)})

    def _differences(self, written: Mapping[str, bytes]) -> Iterator[str]:
        for path in sorted(written):
            yield from rewriting.difference(path, strangers.whole(self.folder / path), written[path])

    def _active_pictures(self, manifest: Manifest) -> Iterator[str]:
        for path in sorted(_pictures(manifest)):
            if not pictures.is_inert(self._text(path)):
                yield f"{path} holds what could load or run something, and no picture of a release does"

    def _text(self, path: str) -> str:
        return strangers.whole(self.folder / path).decode(errors="replace")


_LINES = (manifests.DATA, manifests.PROVENANCE)


def _lists(manifest: Manifest, path: str) -> bool:
    return any(file.path == path for file in manifest.files)


def _pictures(manifest: Manifest) -> set[str]:
    return {file.path for file in manifest.files if file.path in pictures.PATHS}
