"""What a finished run came to, as its folder tells it: every setting, what was planned, how it did on held-out records."""

import json
from typing import Any

from exports.models import Run
from exports.services.run_files import RunFolder
from training import progress


def identity(run: Run) -> dict[str, Any]:
    """`run.json`: settings, sizes, versions and the lines held out; nothing where it cannot be read."""
    try:
        found = json.loads((RunFolder(run).path / progress.RUN_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def last(run: Run, *events: str) -> dict[str, dict[str, Any]]:
    """The last event of each of these names in the metrics; nothing for a name that has none."""
    found: dict[str, dict[str, Any]] = {name: {} for name in events}
    for event in RunFolder(run).events():
        if event.get("event") in found:
            found[event["event"]] = event
    return found


def held_out_lines(run: Run) -> list[int]:
    """The lines of its data that the run held out, from 1."""
    lines = identity(run).get("held_out")
    return [line for line in lines if isinstance(line, int)] if isinstance(lines, list) else []
