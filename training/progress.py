"""What a run says about itself: `status.json`, replaced whole, and `metrics.jsonl`, one flat event a line.

Standard library only: the site takes the names from here.
"""

import json
import os
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

STATUS_FILE: Final = "status.json"
METRICS_FILE: Final = "metrics.jsonl"
CONFIG_FILE: Final = "config.json"  # what was asked
RUN_FILE: Final = "run.json"  # what it came to: every setting, the data's hash, versions
MODEL_FOLDER: Final = "model"
CHECKPOINTS_FOLDER: Final = "checkpoints"
KEPT_CHECKPOINTS: Final = 2  # The one before the last, should the last turn out to be damaged.

RUNNING: Final = "running"
STOPPED: Final = "stopped"  # on request; `--resume` goes on
SUCCEEDED: Final = "succeeded"
FAILED: Final = "failed"
STATES: Final = (RUNNING, STOPPED, SUCCEEDED, FAILED)

EVENTS: Final = (
    "plan",
    "resumed",
    "step",
    "evaluation",
    "checkpoint",
    "warning",
    "stopped",
    "done",
    "failed",
)

EXIT_DONE: Final = 0
EXIT_REFUSED: Final = 1
EXIT_USAGE: Final = 2
EXIT_STOPPED: Final = 75  # EX_TEMPFAIL of sysexits.h: try again later


def utc_now() -> datetime:
    """The clock that a run uses unless it is given another."""
    return datetime.now(UTC)


def write_json(path: Path, document: object) -> None:
    """Replace a file by a JSON document: a reader sees the old one or the new one, never a part."""
    temporary = path.with_name(f".{path.name}.new")
    temporary.write_text(json.dumps(document, ensure_ascii=False) + "\n", encoding="utf-8")
    os.replace(temporary, path)


class Progress:
    """Writes both files of one run."""

    def __init__(self, out: Path, *, clock: Callable[[], datetime] = utc_now) -> None:
        self._status_path = out / STATUS_FILE
        self._metrics_path = out / METRICS_FILE
        self._clock = clock
        self._status: dict[str, object] = {
            "schema": 1,
            "state": RUNNING,
            "step": 0,
            "steps": None,
            "loss": None,
            "tokens_per_second": None,
            "eta_seconds": None,
            "message": "",
        }

    def status(self, **changes: object) -> None:
        """Change some fields of the status and publish it."""
        self._status.update(changes, updated_at=self._time())
        write_json(self._status_path, self._status)

    def fail(self, reason: str) -> None:
        """Say why the run ended, also on a disk that has no room for one more file."""
        try:
            if self._metrics_path.exists():
                self.event("failed", message=reason)
            self.status(state=FAILED, message=reason)
        except OSError:
            self._status_path.write_text(json.dumps(self._status), encoding="utf-8")

    def event(self, event: str, **fields: object) -> None:
        """Add one line to the metrics."""
        line = json.dumps({"event": event, "at": self._time(), **fields}, ensure_ascii=False)
        with self._metrics_path.open("a", encoding="utf-8") as file:
            file.write(line + "\n")

    def metrics_bytes(self) -> int:
        """The length of the metrics, once they are safely on the disk."""
        with self._metrics_path.open("ab") as file:
            os.fsync(file.fileno())
            return file.tell()

    def cut_metrics(self, size_bytes: int) -> None:
        """Forget every event past that length: a resumed run writes them again."""
        with self._metrics_path.open("ab") as file:
            file.truncate(size_bytes)

    def say(self, text: str) -> None:
        """Tell whoever watches the process."""
        print(text, file=sys.stderr, flush=True)

    def _time(self) -> str:
        return self._clock().isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Unheard(Progress):
    """One that tells nothing: of a run's processes the first speaks for all."""

    def status(self, **changes: object) -> None:
        """Not published."""

    def fail(self, reason: str) -> None:
        """Not said."""

    def event(self, event: str, **fields: object) -> None:
        """Not written."""

    def metrics_bytes(self) -> int:
        """Of no metrics."""
        return 0

    def cut_metrics(self, size_bytes: int) -> None:
        """There are none."""

    def say(self, text: str) -> None:
        """Not heard."""
