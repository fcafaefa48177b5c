"""Write every file of a release: the data, then the provenance of each line of it, then what describes them."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

from django.conf import settings

from crowd.domain.checks.language import language_of
from exports import queries
from exports.domain import manifest, tombstone
from exports.domain.attribution import Attribution
from exports.domain.croissant import croissant
from exports.domain.figures import Figures
from exports.domain.gate import Problem, examine, licence_of
from exports.domain.pictures import pictures
from exports.domain.provenance import provenance_line
from exports.domain.pseudonym import pseudonym
from exports.domain.quality import PATH, Quality, dump
from exports.domain.release import Choice
from exports.models import Release
from exports.services import dataset_card, differences, licence_texts, release_snapshot, tombstones
from exports.services.dataset_card import Facts
from exports.services.pictures import draw
from exports.services.release_folder import Folder
from exports.services.release_lines import blocks_of_lines
from exports.services.release_records import STATED


class Refused(Exception):
    """The gate refuses the cut as a whole; every failing record is listed."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__(f"{len(problems)} reasons")
        self.problems = problems


def write(release: Release, folder: Folder, *, progress: Callable[[int], None]) -> manifest.Manifest:
    """Write all files but the manifest, which is returned. Raises Refused where a record may not be released.

    `progress` hears how many records are written, often enough to renew a lease by.
    """
    figures, attribution, quality = _write_records(release, folder, progress)
    choice = Choice.from_options(release.options)
    licence = licence_of([*figures.licences, *figures.passage_licences], wanted=choice.licence)
    about = manifest.Manifest(
        version=release.version,
        parent=release.parent.version if release.parent else None,
        profile=release.profile,
        licence=licence,
        created_at=manifest.timestamp(release.created_at),
        exporter=dataset_card.exporter(),
        counts=figures.counts(pages=attribution.pages)
        | {"languages": dict(sorted(quality.languages.items()))}
        | _changes(release),
        files=(),
    ).about
    holder = settings.LICENCE_HOLDER
    folder.add(manifest.CROISSANT, croissant(about, tuple(folder.files), holder=holder))
    folder.add(manifest.ATTRIBUTION, attribution.render(holder=holder).encode())
    for path, text in licence_texts.files(licence, holder=holder).items():
        folder.add(path, text.encode())
    carried = tombstones.carried_by(release)
    if carried:
        folder.add(tombstone.NAME, tombstone.lines(carried))
    told = _add_quality(release, folder, quality, about["counts"]["categories"])
    facts = Facts(about, holder, choice, _wordings(figures), carried, told)
    folder.add(manifest.CARD, dataset_card.render(facts).encode())
    return manifest.Manifest(**about, files=tuple(sorted(folder.files, key=lambda file: file.path)))


def _write_records(
    release: Release, folder: Folder, progress: Callable[[int], None]
) -> tuple[Figures, Attribution, Quality]:
    figures, attribution, quality = Figures(), Attribution(), Quality(language_of)
    problems: list[Problem] = []
    choice = Choice.from_options(release.options)
    names: dict[int, str] = {}

    def name_of(person: int) -> str:
        if person not in names:
            names[person] = pseudonym(person, release=release.version, key=settings.SECRET_KEY)
        return names[person]

    with (
        release_snapshot.one_moment() as moment,
        _written_lines(release, folder, progress, using=moment) as lines,
        folder.writing(manifest.PROVENANCE) as provenance,
    ):
        for records in queries.records_of(release, lines, using=moment):
            for record in records:
                found = examine(record, profile=release.profile, licence=choice.licence)
                problems.extend(found)
                if problems:
                    continue  # nothing of this will be kept; the rest is only examined
                provenance.write(provenance_line(record, name_of=name_of))
                for counter in (figures, attribution, quality):
                    counter.add(record)
            progress(len(records))
    if problems:
        raise Refused(problems)
    return figures, attribution, quality


@contextmanager
def _written_lines(
    release: Release, folder: Folder, progress: Callable[[int], None], *, using: str
) -> Iterator[BinaryIO]:
    """Write the data, and hand back the lines that stand on the disk: they are what the gate examines."""
    with folder.writing(manifest.DATA) as data:
        for block in blocks_of_lines(release, using=using):
            data.write(block)
            progress(0)
    with (folder.root / manifest.DATA).open("rb") as lines:
        yield lines


def _add_quality(
    release: Release, folder: Folder, quality: Quality, categories: dict[str, int]
) -> dict[str, Any]:
    """Write the figures of quality and their pictures. Returns what they tell."""
    # By name: PostgreSQL keeps a JSON object's keys in an order of its own.
    stated = json.loads(json.dumps(release.counts[STATED] | {"languages": quality.languages}, sort_keys=True))
    told = {"counted": quality.counted(), "stated": stated}
    folder.add(PATH, dump(**told))
    for picture in pictures(categories, told):
        folder.add(picture.path, draw(picture))
    return told


def _changes(release: Release) -> dict[str, Any]:
    """The changelog, where the release follows another."""
    if release.parent is None:
        return {}
    return {"changes": differences.between(release.parent, release).counts}


def _wordings(figures: Figures) -> dict[int, str]:
    """The wordings that contributors accepted, by number."""
    used = queries.wordings([int(number) for number in figures.wordings])
    return {wording.number: wording.text for wording in used}
