"""The ways to write a release's lines that `export.py` compares, and the cut that they are a part of."""

import json
from collections.abc import Callable
from pathlib import Path

from django.db import connection
from django.utils import timezone

from exports.domain.release import Choice, Profile, State
from exports.models import Release
from exports.services import release as releases
from exports.services import release_records, release_snapshot
from exports.services.release_folder import Folder
from exports.services.release_lines import blocks_of_lines


def take() -> Release:
    """A release with its records chosen and no files."""
    release = Release.objects.create(
        version="0.0.1", state=State.FAILED, profile=Profile.COMMERCIAL, created_at=timezone.now()
    )
    release_records.choose(release, Choice(), hold=lambda: None)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE exports_releaserecord")
    return release


def cut() -> Release:
    """A whole cut, as the command makes it."""
    return releases.cut_here("1.0.0", Choice(), clock=timezone.now)


def ways(release: Release, folder: Path, *, server: Path) -> dict[str, Callable[[], None]]:
    """Each way by its name; it leaves a file of that name in the folder, COPY one in the server's."""
    compared = {
        "ours": lambda: _ours(release, folder / "ours"),
        "Django": lambda: _django(release, folder / "Django"),
    }
    if connection.vendor == "postgresql":
        compared["COPY"] = lambda: _copy(release, server / "export.copy")
    return compared


def _ours(release: Release, path: Path) -> None:
    path.unlink(missing_ok=True)
    with release_snapshot.one_moment() as moment, Folder(path.parent).writing(path.name) as file:
        for block in blocks_of_lines(release, using=moment):
            file.write(block)


def _django(release: Release, path: Path) -> None:
    records = release.records.order_by("position").select_related("version__category", "version__passage")
    with path.open("w", encoding="utf-8") as file:
        for record in records.iterator():
            fields = {
                "instruction": record.version.instruction,
                "context": record.version.context,
                "response": record.version.response,
                "category": record.version.category.key,
            }
            file.write(json.dumps(fields, ensure_ascii=False, separators=(",", ":")) + "\n")


def _copy(release: Release, path: Path) -> None:
    select = f"""
        SELECT version.instruction, passage.text, version.response, category.key
        FROM exports_releaserecord record
        JOIN crowd_version version ON version.id = record.version_id
        JOIN crowd_category category ON category.id = version.category_id
        LEFT JOIN crowd_passage passage ON passage.id = version.passage_id
        WHERE record.release_id = {release.pk} ORDER BY record.position
    """  # noqa: S608 -- a key of ours
    with connection.cursor() as cursor:
        cursor.execute(f"COPY ({select}) TO '{path}'")
