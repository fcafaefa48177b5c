"""Verify a downloaded release folder: offline, without a database, trusting nothing in it."""

import hashlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from exports.domain import manifest as manifests
from exports.domain import signature as signatures
from exports.domain import statement_audit as statements
from exports.domain.manifest import BadManifest, File, Manifest
from exports.domain.record_audit import RecordAudit
from exports.domain.signature import BadSignature, Signature

BLOCK = 1024 * 1024
# No line of a release comes near; a file that is one huge line must not fill the memory.
MAX_LINE_BYTES = 16 * 1024 * 1024
# Nor does a file that is read as a whole: manifest, card, attribution, licence, Croissant.
MAX_TEXT_BYTES = 512 * 1024 * 1024
# What the hub and its client add to a downloaded folder. Named, not checked, and no part of the release.
_OF_THE_HUB = (".gitattributes", ".cache")


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

    def problems(self) -> Iterator[str]:
        """Everything that is wrong, in words that a terminal can show. Nothing comes for a release as it was cut."""
        return (_printable(problem) for problem in self._problems())

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
        lines += [
            self._who(),
            "Not proved: that what the provenance says of people, licences and sources is true.",
        ]
        return [_printable(line) for line in lines]

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
            content = _whole(self.folder / manifests.NAME)
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
            signature = signatures.read(_whole(place))
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
        folders = {str(parent) for path in expected for parent in Path(path).parents}
        for path in _walk(self.folder):
            name = path.relative_to(self.folder).as_posix()
            mode = path.lstat().st_mode
            if stat.S_ISLNK(mode):
                yield f"{name} is a link, and a release holds files only"
            elif _is_the_hubs(self.folder, path):
                self.ignored.append(name)
            elif name not in (folders if stat.S_ISDIR(mode) else expected):
                yield f"{name} does not belong to the release"

    def _damage(self, manifest: Manifest) -> Iterator[str]:
        for file in manifest.files:
            problem = _damage_of(self.folder, file)
            if problem:
                yield f"{file.path} {problem}"

    def _contents(self, manifest: Manifest) -> Iterator[str]:
        audit = RecordAudit(manifest.profile)
        with (
            (self.folder / manifests.DATA).open("rb") as data,
            (self.folder / manifests.PROVENANCE).open("rb") as provenance,
        ):
            yield from audit.problems(_lines(data), _lines(provenance))
        counted = audit.counts()
        self.unproved = statements.uncounted(manifest, counted)
        yield from statements.figures(manifest, counted)
        try:
            texts = {path: self._text(path) for path in manifests.FILES if path not in _LINES}
        except OSError as problem:
            yield str(problem)
            return
        yield from statements.licence(manifest, texts[manifests.LICENCE], audit.licences)
        yield from statements.attribution(texts[manifests.ATTRIBUTION], audit.attribution.credits())
        yield from statements.card(manifest, texts[manifests.CARD], counted)
        yield from statements.croissant(manifest, texts[manifests.CROISSANT], counted)

    def _text(self, path: str) -> str:
        return _whole(self.folder / path).decode(errors="replace")


_LINES = (manifests.DATA, manifests.PROVENANCE)


def _walk(folder: Path) -> Iterator[Path]:
    """Everything in a folder, in order, never through a link; what the hub added is named and not entered."""
    waiting = [folder]
    while waiting:
        try:
            paths = sorted(waiting.pop().iterdir())
        except OSError:
            continue  # a folder that cannot be read is named already, and what should be in it is missing
        for path in paths:
            yield path
            if path.is_dir() and not path.is_symlink() and not _is_the_hubs(folder, path):
                waiting.append(path)


def _is_the_hubs(folder: Path, path: Path) -> bool:
    return path.parent == folder and path.name in _OF_THE_HUB


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


def _whole(path: Path) -> bytes:
    """A file's bytes. Raises OSError where it is no plain file or too large to be what it says it is."""
    with _open(path) as stream:
        content = stream.read(MAX_TEXT_BYTES + 1)
    if len(content) > MAX_TEXT_BYTES:
        raise OSError(f"{path.name} is too large")
    return content


def _open(path: Path) -> BinaryIO:
    """Open a file, never through a link and never waiting for the other end of a pipe."""
    return os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb")


def _lines(stream: BinaryIO) -> Iterator[bytes]:
    while line := stream.readline(MAX_LINE_BYTES):
        yield line


def _printable(words: str) -> str:
    """Words on one line without what would steer a terminal, or what no terminal can show."""
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape", "surrogatepass").decode()
        for char in words
    )
