"""What a run's folder says: the file boundary to `training`, read by pages and by the run's job.

Everything here may be missing, half written or out of date: readers get nothing rather than an error.
"""

import json
import math
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO, Final

from django.conf import settings
from django.utils.translation import gettext as _

from exports.domain import manifest
from exports.models import Release, Run
from exports.services import release_folder
from training import progress
from training.config import RunConfig

LOG_FILE: Final = "log.txt"
DUPLICATES_FILE: Final = (
    "duplicates.jsonl"  # what resembles what in the data, so that nothing held out is learned
)
TAIL_BYTES: Final = 16_000
METRICS_TAIL_BYTES: Final = 262_144  # some hundred steps
METRICS_WHOLE_BYTES: Final = 1_048_576  # some four thousand steps
LINES_BETWEEN_STEPS: Final = 5  # an evaluation, a checkpoint, a stop and a resume
MAX_HEADER_BYTES: Final = 100_000_000  # safetensors refuses larger ones
MODEL_FILES: Final = ("config.json", "tokenizer.json")
WEIGHTS: Final = "model.safetensors"
WEIGHTS_INDEX: Final = "model.safetensors.index.json"


class DataMissing(Exception):
    """The release's files are not where they should be."""


def data_file(release: Release) -> Path:
    return release_folder.place(release.version) / manifest.DATA


def data_sha256(release: Release) -> str:
    """The hash of the release's data, as the manifest that was written states it. Raises DataMissing, BrokenRelease."""
    if not data_file(release).is_file():
        raise DataMissing(
            _("The files of release %(version)s are not in the data folder.") % {"version": release}
        )
    files = release_folder.manifest_of(release).files
    return next(file.sha256 for file in files if file.path == manifest.DATA)


def config(run: Run) -> RunConfig:
    """What the trainer is asked to do."""
    folder = RunFolder(run)
    asked = RunConfig(
        recipe=run.recipe,
        data=str(data_file(run.release)),
        out=str(folder.path),
        base=str(Path(settings.BASES_DIR) / run.base) if run.base else None,
        data_sha256=run.data_sha256,
        overrides=run.overrides,
    )
    holds_out = asked.settings["evaluation_records"] != 0
    return replace(asked, duplicates=str(folder.duplicates)) if holds_out else asked


class RunFolder:
    """One run's folder."""

    def __init__(self, run: Run) -> None:
        self.path = Path(settings.RUNS_DIR) / str(run.public_id)
        self.config = self.path / progress.CONFIG_FILE
        self.log = self.path / LOG_FILE
        self.duplicates = self.path / DUPLICATES_FILE
        self.model = self.path / progress.MODEL_FOLDER

    def prepare(self, asked: RunConfig) -> None:
        """Make the folder and write the configuration, and forget why an earlier attempt failed. Raises OSError."""
        self.path.mkdir(parents=True, exist_ok=True)
        if self.status().get("state") == progress.FAILED:
            (self.path / progress.STATUS_FILE).unlink()
        progress.write_json(self.config, asked.to_dict())

    def status(self) -> dict[str, Any]:
        """The trainer's last word about itself, or nothing."""
        return _json(self.path / progress.STATUS_FILE)

    def identity(self) -> dict[str, Any]:
        """What the run came to: every setting, libraries and their versions. Nothing before it has begun."""
        return _json(self.path / progress.RUN_FILE)

    def parameters(self) -> int:
        """How many weights the run trains or keeps; 0 before it has begun."""
        count = self.identity().get("parameters")
        return count if isinstance(count, int) else 0

    def events(self) -> Iterator[dict[str, Any]]:
        """Every whole line of the metrics."""
        try:
            with (self.path / progress.METRICS_FILE).open(encoding="utf-8") as lines:
                yield from (event for line in lines if (event := _object(line)))
        except (OSError, UnicodeDecodeError):
            return

    def last(self, event: str) -> dict[str, Any]:
        """The latest event of that name near the end of the metrics, or nothing."""
        lines = reversed(_tail(self.path / progress.METRICS_FILE, METRICS_TAIL_BYTES).splitlines())
        return next((found for line in lines if (found := _object(line)).get("event") == event), {})

    def checkpoint_step(self) -> int | None:
        """The step after which a resumed run goes on; None where it would start from the beginning."""
        kept = self.path / progress.CHECKPOINTS_FOLDER
        if not any(kept.glob("[!.]*")):
            return None
        marks = [
            event.get("step") for event in self.events() if event.get("event") in {"checkpoint", "resumed"}
        ]
        return next((step for step in reversed(marks) if isinstance(step, int)), None)

    def points(self, *, most: int) -> list[tuple[int, float, float]]:
        """Step, loss and learning rate, evenly thinned; the last one always stays.

        A page asks for them every two seconds, so that of long metrics no more is read than there are points.
        """
        steps = [event for event in self._spread(most) if event.get("event") == "step"]
        keys = ("step", "loss", "learning_rate")
        found = [tuple(step.get(key) for key in keys) for step in steps]
        whole = [point for point in found if all(_is_number(value) for value in point)]
        return whole[:: -(-len(whole) // most) or 1][:-1] + whole[-1:]  # type: ignore[return-value]

    def _spread(self, most: int) -> Iterator[dict[str, Any]]:
        """Every event of short metrics; of long ones as many steps, from places evenly apart, and the last."""
        try:
            with (self.path / progress.METRICS_FILE).open("rb") as lines:
                size_bytes = os.fstat(lines.fileno()).st_size
                if size_bytes <= METRICS_WHOLE_BYTES:
                    yield from self.events()
                    return
                found = [_step_from(lines, size_bytes * place // (most - 1)) for place in range(most - 1)]
        except OSError:
            return
        last = self.last("step")
        yield from (event for event in found if event.get("step") != last.get("step"))
        yield last

    def log_tail(self, lines: int) -> str:
        """The last lines of what the trainer printed."""
        return "\n".join(_tail(self.log, TAIL_BYTES).splitlines()[-lines:])

    def missing(self) -> list[str]:
        """What keeps `model/` from being complete; nothing when it can be used."""
        lost = [name for name in (*MODEL_FILES, *self._weights()) if not (self.model / name).is_file()]
        broken = [name for name in self._weights() if name not in lost and not _is_whole(self.model / name)]
        return lost + broken

    def _weights(self) -> list[str]:
        index = _json(self.model / WEIGHTS_INDEX)
        return sorted(set(index.get("weight_map", {}).values())) or [WEIGHTS]


def _step_from(lines: BinaryIO, place: int) -> dict[str, Any]:
    """The first step that begins after that place and after what was read, unless it is far from there."""
    if place > lines.tell():
        lines.seek(place)
        lines.readline()  # The rest of a line that began before.
    for _line in range(LINES_BETWEEN_STEPS):
        event = _object(lines.readline().decode("utf-8", errors="replace"))
        if event.get("event") == "step":
            return event
    return {}


def _tail(path: Path, size_bytes: int) -> str:
    """The end of a text, whatever bytes it holds; nothing where there is none."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, file.seek(0, 2) - size_bytes))
            return file.read().decode("utf-8", errors="replace")
    except OSError:
        return ""


def _is_whole(path: Path) -> bool:
    """Whether a safetensors file is as long as its header says."""
    with path.open("rb") as file:
        start = file.read(8)
        if len(start) < 8 or (size := int.from_bytes(start, "little")) > MAX_HEADER_BYTES:
            return False
        header = _object(file.read(size).decode("utf-8", errors="replace"))
    ends = [int(entry["data_offsets"][1]) for name, entry in header.items() if name != "__metadata__"]
    return path.stat().st_size == 8 + size + max(ends, default=-1)  # a file without a tensor is no model


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and math.isfinite(value)


def _json(path: Path) -> dict[str, Any]:
    try:
        return _object(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError):
        return {}


def _object(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
