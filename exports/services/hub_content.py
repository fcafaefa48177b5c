"""A file on its way to a hub: read once beforehand, and known from then on by the hashes that a hub has of its files."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from huggingface_hub.hf_api import RepoFile

BLOCK = 1024 * 1024


@dataclass(frozen=True)
class Content:
    """One file to be there: from a folder, or held in memory. What is sent, and what came, is held against its hashes."""

    sha256: str  # the hub's name of a large file
    git_blob: str  # and git's of a small one
    size_bytes: int
    source: Path | bytes

    def is_at(self, entry: "RepoFile") -> bool:
        """Whether the hub's file has this content, by the hash the hub has of it."""
        if entry.size != self.size_bytes:
            return False
        return entry.lfs.sha256 == self.sha256 if entry.lfs else entry.blob_id == self.git_blob


def in_memory(content: bytes) -> Content:
    """A file that is nowhere but here."""
    blob = _git_blob(len(content))
    blob.update(content)
    return Content(hashlib.sha256(content).hexdigest(), blob.hexdigest(), len(content), content)


def on_disk(path: Path) -> Content:
    """A file as it is now, read once for both hashes. Raises OSError."""
    size_bytes, sha256 = path.stat().st_size, hashlib.sha256()
    blob = _git_blob(size_bytes)
    with path.open("rb") as stream:
        while block := stream.read(BLOCK):
            sha256.update(block)
            blob.update(block)
    return Content(sha256.hexdigest(), blob.hexdigest(), size_bytes, path)


def _git_blob(size_bytes: int) -> "hashlib._Hash":
    """The begun id that git gives a file of this size."""
    return hashlib.sha1(b"blob %d\x00" % size_bytes, usedforsecurity=False)
