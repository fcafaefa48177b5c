"""Verify a downloaded release folder: offline, without a database, trusting nothing in it."""

import os
from collections.abc import Iterator
from pathlib import Path

from exports.domain import manifest as manifests
from exports.domain import quality, quality_audit, reuse, tombstone
from exports.domain import signature as signatures
from exports.domain import statement_audit as statements
from exports.domain.manifest import BadManifest, Manifest
from exports.domain.record_audit import RecordAudit
from exports.domain.signature import BadSignature, Signature
from exports.services import strangers


class Verification:
    """One look at a folder. `problems` finds them all, and afterwards the rest can be told.

    Where `keys` are given, the public ones of those who may sign, a release that none of them signed is a problem.
    """

    def __init__(self, folder: Path, *, keys: frozenset[bytes] = frozenset()) -> None:
        self.folder = folder
        self.keys = keys
        self.manifest: Manifest | None = None
        self.signature: Signature | None = None
        self.ignored: list[str] = []
        self.unproved: list[str] = []
        self.stated: list[str] = []

    def problems(self) -> Iterator[str]:
        """Everything that is wrong, in words that a terminal can show. Nothing comes for a release as it was cut."""
        return (strangers.printable(problem) for problem in self._problems())

    def report(self) -> list[str]:
        """What a folder without problems proves, and what it cannot; for after `problems`."""
        if self.manifest is None:
            return []
        files, records = len(self.manifest.files), self.manifest.counts["records"]
        lines = [
            f"{self.folder} is release {self.manifest.version} as it was cut: nothing is changed, missing or added.",
            (
                f"Proved: {files} files have the bytes that {manifests.NAME} names; each of {records} records has its line "
                "of provenance; the stated figures, the licence and the attribution are those that the records give."
            ),
        ]
        if self.unproved:
            lines.append(f"Taken from {manifests.NAME}, not proved: {', '.join(self.unproved)}.")
        if self.ignored:
            lines.append(f"No part of the release, and not looked at: {', '.join(self.ignored)}.")
        lines.append(self._who())
        if self.stated:
            lines.append(f"Taken from {quality.PATH}, the site's word: {', '.join(self.stated)}.")
        lines.append("Not proved: that what the provenance says of people, licences and sources is true.")
        return [strangers.printable(line) for line in lines]

    def _who(self) -> str:
        if self.signature is None:
            return "Unsigned: who has published it is not proved. Compare its manifest's SHA-256 with its publisher's."
        if self.keys:
            return f"Signed by {self.signature.fingerprint}, a key that you gave."
        return (
            f"Signed by the key {self.signature.fingerprint}. Whose key that is, a signature cannot tell: get the "
            "publisher's from the publisher and pass it as --key."
        )

    def _problems(self) -> Iterator[str]:
        try:
            content = strangers.whole(self.folder / manifests.NAME)
            self.manifest = manifests.load(content)
        except OSError:
            yield f"{manifests.NAME} is missing or cannot be read"
            return
        except BadManifest as problem:
            yield f"{manifests.NAME}: {problem}"
            return
        damage = [*self._surplus(self.manifest), *self._damage(self.manifest)]
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
        audit = RecordAudit(manifest.profile)
        with (
            (self.folder / manifests.DATA).open("rb") as data,
            (self.folder / manifests.PROVENANCE).open("rb") as provenance,
        ):
            yield from audit.problems(strangers.lines(data), strangers.lines(provenance))
        yield from self._tombstones(manifest, audit)
        counted = audit.counts()
        self.unproved = statements.uncounted(manifest, counted)
        yield from statements.figures(manifest, counted)
        try:
            texts = {path: self._text(path) for path in manifests.FILES if path not in _LINES}
        except OSError as problem:
            yield str(problem)
            return
        yield from statements.licence(manifest, texts[manifests.LICENCE], audit.licences)
        yield from self._reuse(manifest)
        yield from statements.attribution(texts[manifests.ATTRIBUTION], audit.attribution.credits())
        yield from statements.card(manifest, texts[manifests.CARD], counted)
        yield from statements.croissant(manifest, texts[manifests.CROISSANT], counted)
        yield from self._quality(manifest, audit)

    def _tombstones(self, manifest: Manifest, audit: RecordAudit) -> Iterator[str]:
        """A release that follows no other, or whose forerunners all stand, has none."""
        if all(file.path != tombstone.NAME for file in manifest.files):
            return
        with (self.folder / tombstone.NAME).open("rb") as content:
            yield from tombstone.audit(strangers.lines(content), holds=audit.holds)

    def _quality(self, manifest: Manifest, audit: RecordAudit) -> Iterator[str]:
        """Releases of before there were figures of quality have none."""
        if all(file.path != quality.PATH for file in manifest.files):
            return
        try:
            told = quality_audit.read(strangers.whole(self.folder / quality.PATH))
        except (OSError, ValueError) as problem:
            yield f"{quality.PATH}: {problem}"
            return
        self.stated = list(told["stated"])
        yield from quality_audit.problems(told, audit.quality.counted())

    def _reuse(self, manifest: Manifest) -> Iterator[str]:
        """Releases of before REUSE.toml have none."""
        if any(file.path == reuse.TOML for file in manifest.files) and not reuse.names_licence(
            self._text(reuse.TOML), manifest.licence
        ):
            yield f"{reuse.TOML} does not put every file under {reuse.spdx(manifest.licence)}"

    def _text(self, path: str) -> str:
        return strangers.whole(self.folder / path).decode(errors="replace")


_LINES = (manifests.DATA, manifests.PROVENANCE)
