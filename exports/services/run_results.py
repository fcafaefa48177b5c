"""What a finished run came to, as its folder tells it: what was planned and held out, and how it did on that."""

from typing import Any

from exports.models import Run
from exports.services.run_files import RunFolder


def last(run: Run, *events: str) -> dict[str, dict[str, Any]]:
    """The last event of each of these names in the metrics; nothing for a name that has none."""
    found: dict[str, dict[str, Any]] = {name: {} for name in events}
    for event in RunFolder(run).events():
        if event.get("event") in found:
            found[event["event"]] = event
    return found


def held_out_lines(run: Run) -> list[int]:
    """The lines of its data that the run held out, from 1."""
    lines = RunFolder(run).identity().get("held_out")
    return [line for line in lines if isinstance(line, int)] if isinstance(lines, list) else []
