"""manifest.json: what a release is and the hash of every other file in its folder. Written last. Pure."""

import json
import re
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from exports.domain.release import Profile, is_version

NAME = "manifest.json"
DATA = "data/train.jsonl"
PROVENANCE = "provenance.jsonl"
CARD = "README.md"
ATTRIBUTION = "ATTRIBUTION.md"
LICENCE = "LICENSE"
CROISSANT = "croissant.json"
FILES = (ATTRIBUTION, LICENCE, CARD, CROISSANT, DATA, PROVENANCE)
KEYS = ("version", "parent", "profile", "licence", "created_at", "exporter", "counts", "files")

_PATH = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*(?:/[A-Za-z0-9_][A-Za-z0-9._-]*)*")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")


class BadManifest(ValueError):
    """This is no manifest of a release; the message says why."""


@dataclass(frozen=True, slots=True)
class File:
    """One file of the folder."""

    path: str
    sha256: str
    bytes: int


@dataclass(frozen=True)
class Manifest:
    """A release's own description."""

    version: str
    parent: str | None
    profile: str
    licence: str
    created_at: str
    exporter: str
    counts: dict[str, Any]
    files: tuple[File, ...]

    def dump(self) -> bytes:
        """The file's bytes; there is one spelling only."""
        fields = {**asdict(self), "files": [asdict(file) for file in self.files]}
        return json.dumps(fields, ensure_ascii=False, indent=2).encode() + b"\n"

    @property
    def about(self) -> dict[str, Any]:
        """Everything but the list of files; the card repeats it, so that neither can be changed alone."""
        return {key: getattr(self, key) for key in KEYS if key != "files"}


def timestamp(moment: datetime) -> str:
    """ISO 8601 in UTC with Z, as the API writes it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def load(content: bytes) -> Manifest:
    """Read a manifest strictly. Raises BadManifest."""
    try:
        fields = json.loads(content.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise BadManifest("it is not JSON in UTF-8") from error
    if not isinstance(fields, dict) or tuple(fields) != KEYS:
        raise BadManifest(f"it must have the keys {', '.join(KEYS)}, in this order")
    manifest = Manifest(**{**fields, "files": _files(fields["files"])})
    _check(manifest)
    if not _is_spelled_as(manifest, content):
        raise BadManifest("it is not written the way a release writes it: somebody has edited it")
    return manifest


def _is_spelled_as(manifest: Manifest, content: bytes) -> bool:
    try:
        return manifest.dump() == content
    except UnicodeEncodeError:  # half a surrogate pair, escaped: no release writes that
        return False


def _check(manifest: Manifest) -> None:
    _require(
        isinstance(manifest.version, str) and is_version(manifest.version),
        "version is not a semantic version",
    )
    parent = manifest.parent
    _require(
        parent is None or (isinstance(parent, str) and is_version(parent)), "parent is not a version or null"
    )
    _require(manifest.profile in list(Profile), f"profile is none of {', '.join(Profile)}")
    _require(isinstance(manifest.licence, str) and manifest.licence != "", "licence is not a text")
    created = manifest.created_at
    _require(
        isinstance(created, str) and _TIME.fullmatch(created) is not None, "created_at is not a time in UTC"
    )
    _require(isinstance(manifest.exporter, str) and manifest.exporter != "", "exporter is not a text")
    _require(isinstance(manifest.counts, dict), "counts is not an object")
    paths = [file.path for file in manifest.files]
    _require(paths == sorted(set(paths)), "files are not sorted by path, or one is named twice")
    missing = sorted(set(FILES) - set(paths))
    _require(not missing, f"files lack {', '.join(missing)}")


def _files(entries: object) -> tuple[File, ...]:
    if not isinstance(entries, list):
        raise BadManifest("files is not a list")
    return tuple(_file(entry) for entry in entries)


def _file(entry: object) -> File:
    if not isinstance(entry, dict) or tuple(entry) != ("path", "sha256", "bytes"):
        raise BadManifest("a file must have the keys path, sha256, bytes, in this order")
    path, sha256, size = entry["path"], entry["sha256"], entry["bytes"]
    _require(isinstance(path, str) and is_safe(path), f"the path {path!r} may not stand in a manifest")
    _require(
        isinstance(sha256, str) and _SHA256.fullmatch(sha256) is not None,
        f"{path}: sha256 is no SHA-256 in hex",
    )
    _require(type(size) is int and size >= 0, f"{path}: bytes is no size")
    return File(path, sha256, size)


def is_safe(path: str) -> bool:
    """Whether a path stays inside its folder and names a file that a manifest may list."""
    return path != NAME and _PATH.fullmatch(path) is not None


def _require(condition: bool, reason: str) -> None:
    if not condition:
        raise BadManifest(reason)
