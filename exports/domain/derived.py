"""A derived folder: a release's records in other formats, in splits, by category; and derived.json, which describes it. Pure.

The release's own folder never changes by it. A derived folder holds data/ and provenance/ again, parted alike, so that
each line still has its line of provenance, and a folder for each format that was asked for.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

from exports.domain import manifest, reuse
from exports.domain.formats import FORMATS, JSON_LINES, PARQUET
from exports.domain.manifest import File
from exports.domain.splits import WHOLE, Splits

NAME = "derived.json"
DATA, PROVENANCE = "data", "provenance"
# The release's manifest, byte for byte: it says what this was derived from.
RELEASE = "release/manifest.json"
KEYS = (
    "release",
    "manifest_sha256",
    "exporter",
    "formats",
    "splits",
    "per_category",
    "counts",
    "files",
)
DEFAULT = "default"


class BadDerived(ValueError):
    """This is no derived.json; the message says why."""


@dataclass(frozen=True)
class Plan:
    """What was asked for."""

    formats: tuple[str, ...] = ()
    splits: Splits = WHOLE
    per_category: bool = False

    @property
    def is_release(self) -> bool:
        """Whether nothing was asked for but the release itself."""
        return self == Plan()


@dataclass(frozen=True, slots=True)
class Part:
    """The records that stand in one file of each folder."""

    split: str
    category: str = ""  # empty: of every category

    def path(self, folder: str) -> str:
        suffix = FORMATS[folder].suffix if folder in FORMATS else JSON_LINES
        inner = f"{self.category}/" if self.category else ""
        return f"{folder}/{inner}{self.split}.{suffix}"


@dataclass(frozen=True)
class Derived:
    """What a derived folder is, and the hash of every other file in it."""

    release: str
    manifest_sha256: str
    exporter: str
    formats: tuple[str, ...]
    splits: dict[str, str]
    per_category: bool
    counts: dict[str, Any]
    files: tuple[File, ...]

    def dump(self) -> bytes:
        """The file's bytes; there is one spelling only."""
        return json.dumps(asdict(self), ensure_ascii=False, indent=2).encode() + b"\n"

    @property
    def about(self) -> dict[str, Any]:
        """Everything but the list of files, as the card repeats it."""
        return {key: value for key, value in json.loads(self.dump()).items() if key != "files"}

    @property
    def parts(self) -> list[Part]:
        """The parts that hold a record, in the order of splits and then of categories."""
        splits = self.counts["splits"]
        if not self.per_category:
            return [Part(split) for split in self.splits]
        return [Part(split, category) for split in self.splits for category in splits[split]["categories"]]

    @property
    def needed(self) -> set[str]:
        """The files that it has whatever the release says of its rights."""
        folders = (DATA, PROVENANCE, *self.formats)
        return {part.path(folder) for part in self.parts for folder in folders} | {RELEASE, manifest.CARD}


def count(parts: Counter[tuple[str, str]], names: Iterable[str]) -> dict[str, Any]:
    """The figures: of each split, how many records it has, and how many of each category."""
    by_split = {
        name: dict(sorted((category, number) for (split, category), number in parts.items() if split == name))
        for name in names
    }
    splits = {
        split: {"records": sum(categories.values()), "categories": categories}
        for split, categories in by_split.items()
    }
    return {"records": parts.total(), "splits": splits}


def load(content: bytes) -> Derived:
    """Read a derived.json strictly. Raises BadDerived."""
    try:
        fields = json.loads(content)
        files = tuple(File(**file) for file in fields["files"])
        derived = Derived(**{**fields, "formats": tuple(fields["formats"]), "files": files})
        needed = derived.needed
        unknown = set(derived.formats) - set(FORMATS)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise BadDerived(f"it is not written the way an export writes it ({type(error).__name__})") from error
    if derived.dump() != content:
        raise BadDerived("it is not written the way an export writes it: somebody has edited it")
    unsafe = [
        file.path for file in files if not isinstance(file.path, str) or not manifest.is_safe(file.path)
    ]
    if unsafe:
        raise BadDerived(f"the path {unsafe[0]!r} may not stand in it")
    if unknown:
        raise BadDerived(f"it names a format that is not known here: {min(map(str, unknown))}")
    missing = sorted(needed - {file.path for file in files})
    if missing:
        raise BadDerived(f"files lack {', '.join(missing)}")
    return derived


def configs(derived: Derived) -> list[dict[str, Any]]:
    """What `datasets` can load by name: `default` has dolly's four columns, the others the format they are called by.

    `datasets` reads one kind of file in a folder, that of the first config. So Parquet is named where it is alone.
    """
    of_lines = [name for name in derived.formats if FORMATS[name].suffix == JSON_LINES]
    folders = {DEFAULT: DATA} | {name: name for name in of_lines}
    if not of_lines and derived.formats:
        folders = {DEFAULT: PARQUET}
    return [config for name, folder in folders.items() for config in _configs_of(name, folder, derived.parts)]


def _configs_of(name: str, folder: str, parts: list[Part]) -> Iterator[dict[str, Any]]:
    yield _config(name, folder, parts)
    for category in sorted({part.category for part in parts if part.category}):
        inner = category if name == DEFAULT else f"{name}-{category}"
        yield _config(inner, folder, [part for part in parts if part.category == category])


def _config(name: str, folder: str, parts: list[Part]) -> dict[str, Any]:
    paths: dict[str, list[str]] = {}
    for part in parts:
        paths.setdefault(part.split, []).append(part.path(folder))
    return {
        "config_name": name,
        "data_files": [{"split": split, "path": some} for split, some in paths.items()],
    }


def is_about_rights(path: str) -> bool:
    """Whether a file of the release says who may do what with it, and whom to name: it goes wherever the records go."""
    return path in {manifest.LICENCE, manifest.ATTRIBUTION, reuse.TOML} or path.startswith(reuse.LICENCES)
