"""A release's folder on disk: written beside its place, synced, and moved there in one step."""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from django.conf import settings

from exports.domain.manifest import NAME, BadManifest, File, Manifest, load
from exports.models import Release

BLOCK = 1024 * 1024
# Not a character of a version, so that 1.0.0 and 1.0.0-rc.1 cannot take each other's for theirs.
_MARK = "~"


class BrokenRelease(Exception):
    """The stored folder is not what the manifest says; the message names the file."""


def place(version: str) -> Path:
    """Where a release's folder is, or will be."""
    return Path(settings.RELEASES_DIR) / version


def manifest_of(release: Release) -> Manifest:
    """The manifest of a ready release, proved against the hash in the database. Raises BrokenRelease."""
    try:
        content = (place(release.version) / NAME).read_bytes()
    except OSError as error:
        raise BrokenRelease(f"{NAME} of {release.version} cannot be read") from error
    if hashlib.sha256(content).hexdigest() != release.manifest_sha256:
        raise BrokenRelease(f"{NAME} of {release.version} is not the one that was written")
    try:
        return load(content)
    except BadManifest as error:
        raise BrokenRelease(f"{NAME} of {release.version}: {error}") from error


class Folder:
    """A release's folder while it is being written, under a hidden name beside its place."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.files: list[File] = []

    def add(self, path: str, content: bytes) -> File:
        """Write one small file."""
        with self.writing(path) as file:
            file.write(content)
        return self.files[-1]

    @contextmanager
    def writing(self, path: str) -> "Iterator[HashingFile]":
        """Write a file piece by piece; it is on the disk when the block ends."""
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("xb") as stream:
            file = HashingFile(stream)
            yield file
            stream.flush()
            os.fsync(stream.fileno())
        self.files.append(File(path, file.sha256.hexdigest(), file.bytes))

    def seal(self, manifest: Manifest) -> str:
        """Write the manifest last and sync the folders. Returns the manifest's SHA-256."""
        written = self.add(NAME, manifest.dump())
        self.sync()
        return written.sha256

    def sync(self) -> None:
        """Make the names in the folder durable; each file was when it was written."""
        for folder in {self.root, *(path.parent for path in self.root.rglob("*"))}:
            sync(folder)

    def move_to(self, target: Path) -> None:
        """Appear, complete. What an earlier attempt left there was never ready, and goes."""
        if target.exists():
            aside = Path(tempfile.mkdtemp(prefix=_prefix(target.name), dir=target.parent))
            os.replace(target, aside / target.name)
            shutil.rmtree(aside, ignore_errors=True)
        os.rename(self.root, target)
        sync(target.parent)


class HashingFile:
    """Hashes and counts what is written."""

    def __init__(self, stream: BinaryIO) -> None:
        self.sha256 = hashlib.sha256()
        self.bytes = 0
        self._stream = stream

    def write(self, content: bytes) -> None:
        self._stream.write(content)
        self.sha256.update(content)
        self.bytes += len(content)


@contextmanager
def temporary(version: str) -> Iterator[Folder]:
    """A folder to write a release in; gone afterwards unless it was moved to its place."""
    releases = place(version).parent
    releases.mkdir(parents=True, exist_ok=True)
    sweep(version)
    root = Path(tempfile.mkdtemp(prefix=_prefix(version), dir=releases))
    root.chmod(0o755)  # mkdtemp's 0700 would follow the folder to its place
    try:
        yield Folder(root)
    finally:
        shutil.rmtree(root, ignore_errors=True)


def sweep(version: str) -> None:
    """Remove what killed attempts at this version left behind. Whoever holds the job may do this."""
    for left in place(version).parent.glob(f"{_prefix(version)}*"):
        shutil.rmtree(left, ignore_errors=True)


def copy(release: Release, target: Path) -> Manifest:
    """Copy a ready release's files into an empty folder, proving every byte on the way. Raises BrokenRelease.

    The manifest comes last, and a copy that breaks leaves nothing behind.
    """
    manifest = manifest_of(release)
    with filling(target) as folder:
        for file in manifest.files:
            copy_file(place(release.version) / file.path, folder, file)
        folder.seal(manifest)
    return manifest


@contextmanager
def filling(target: Path) -> Iterator[Folder]:
    """An empty folder to write in. A block that breaks leaves nothing in it."""
    target.mkdir(parents=True, exist_ok=True)
    try:
        yield Folder(target)
    except BaseException:
        for path in target.iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        raise


def copy_file(source: Path, folder: Folder, file: File) -> None:
    """Copy one file of a release, proving it on the way. Raises BrokenRelease."""
    with source.open("rb") as stream, folder.writing(file.path) as out:
        while block := stream.read(BLOCK):
            out.write(block)
    if folder.files[-1] != file:
        raise BrokenRelease(f"{file.path} is not what the manifest says")


def sync(folder: Path) -> None:
    """Make the names in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _prefix(version: str) -> str:
    return f".{version}{_MARK}"
