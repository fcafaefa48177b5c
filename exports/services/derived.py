"""Export a release in other formats, in splits, by category: a folder of its own, derived from the release's files alone.

The same release, plan and exporter give every file byte for byte. Loaded by commands alone: pyarrow and the search for
look-alikes are heavy.
"""

import hashlib
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
from django.conf import settings

from crowd.domain import similarity
from crowd.domain.records import parse_record
from crowd.domain.similarity import kernels
from crowd.services import record_files
from exports.domain import derived, manifest
from exports.domain.croissant import of_derived
from exports.domain.derived import Derived, Part, Plan
from exports.domain.formats import FORMATS, PARQUET, json_line
from exports.domain.manifest import File, Manifest
from exports.domain.splits import WHOLE, Splits, number_of
from exports.models import Release
from exports.services import derived_card, parquet, release_formats
from exports.services.dataset_card import exporter
from exports.services.release import require_exportable
from exports.services.release_folder import BrokenRelease, Folder, copy_file, filling, manifest_of, place


def derive(release: Release, target: Path, plan: Plan) -> Derived:
    """Write the derived folder; derived.json comes last, and what breaks leaves nothing behind.

    Raises BadChoice, IllegalMove, BrokenRelease, and EmptySplit where the plan asks for more than the records give.
    """
    require_exportable(release, target)
    about, source = manifest_of(release), place(release.version)
    with filling(target) as folder:
        counts = _write_parts(source, about, folder, plan)
        made = Derived(
            release=about.version,
            manifest_sha256=release.manifest_sha256,
            exporter=_exporter(plan),
            formats=plan.formats,
            splits=dict(plan.splits.shares),
            per_category=plan.per_category,
            counts=counts,
            files=(),
        )
        for name in plan.formats:
            _write_format(folder, made.parts, name)
        _copy_rights(source, about, folder)
        folder.add(derived.RELEASE, (source / manifest.NAME).read_bytes())
        card = derived_card.render(about, made, holder=settings.LICENCE_HOLDER)
        folder.add(manifest.CARD, card.encode())
        described = replace(made, files=tuple(folder.files))
        folder.add(manifest.CROISSANT, of_derived(about.about, described, holder=settings.LICENCE_HOLDER))
        files = tuple(sorted(folder.files, key=lambda file: file.path))
        made = replace(made, files=files)
        folder.add(derived.NAME, made.dump())
        folder.sync()
    return made


def _exporter(plan: Plan) -> str:
    """Who made it: equal exporters give equal bytes."""
    flock = exporter()
    return f"{flock}, {parquet.WRITER}" if PARQUET in plan.formats else flock


def _write_parts(source: Path, about: Manifest, folder: Folder, plan: Plan) -> dict[str, Any]:
    """Part the data and its provenance alike, in the release's order. Returns the figures."""
    files = {file.path: file for file in about.files}
    parts: Counter[tuple[str, str]] = Counter()
    places = _places(source, plan.splits)
    lines = zip(
        _proved_lines(source, files[manifest.DATA]),
        _proved_lines(source, files[manifest.PROVENANCE]),
        strict=True,
    )
    with ExitStack() as stack:
        open_files: dict[str, Any] = {}
        for position, (line, told) in enumerate(lines):
            split = plan.splits.names[places[position] if places else 0]
            category = parse_record(line).category
            parts[split, category] += 1
            part = Part(split, category if plan.per_category else "")
            for folder_name, content in ((derived.DATA, line), (derived.PROVENANCE, told)):
                path = part.path(folder_name)
                if path not in open_files:
                    open_files[path] = stack.enter_context(folder.writing(path))
                open_files[path].write(content)
    return derived.count(parts, plan.splits.names)


def _proved_lines(source: Path, file: File) -> Iterator[bytes]:
    """A file's lines. Raises BrokenRelease after the last one where they are not the release's."""
    digest = hashlib.sha256()
    with (source / file.path).open("rb") as lines:
        for line in lines:
            digest.update(line)
            yield line
    if digest.hexdigest() != file.sha256:
        raise BrokenRelease(f"{file.path} is not what the manifest says")


def _places(source: Path, splits: Splits) -> list[int]:
    """Which split each line goes to; nothing where there is one alone."""
    if splits == WHOLE:
        return []
    with (source / manifest.PROVENANCE).open("rb") as lines:
        numbers = array("Q", (number_of(orjson.loads(line)["id"]) for line in lines))
    return splits.assign(numbers, alike(source / manifest.DATA))


def alike(data: Path) -> Iterator[tuple[int, int]]:
    """The positions of lines that may not part: exact copies, near-duplicates, and those about one passage."""
    searches: Iterable[dict[str, Any]] = ({}, {"similar": True, "on": ("passage",)})
    with data.open("rb") as stream:
        for search in searches:
            stream.seek(0)
            reading = record_files.Reading(stream, _say_nothing)
            for found in similarity.find(reading, kernel=kernels.fastest(), **search):
                yield found.a - 1, found.b - 1


def _say_nothing(_line: str) -> None:
    """A release's lines are good ones."""


def _write_format(folder: Folder, parts: list[Part], name: str) -> None:
    for part in parts:
        rows = release_formats.rows(folder.root / part.path(derived.DATA), name)
        with folder.writing(part.path(name)) as out:
            if FORMATS[name].suffix == PARQUET:
                parquet.write(rows, out)
            else:
                for row in rows:
                    out.write(json_line(row))


def _copy_rights(source: Path, about: Manifest, folder: Folder) -> None:
    """Licence and attribution go wherever the records go."""
    for file in about.files:
        if derived.is_about_rights(file.path):
            copy_file(source / file.path, folder, file)
