"""Which records of a file a run held out and which its model learned from, as the run's folder tells."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from training import documents, progress
from training.config import ConfigError
from training.data import BadRows, Data, read


def held_out(run: Path, data: Data) -> Data:
    """The records of its data that a run's folder says it held out. Raises ConfigError for other data, or none."""
    told = _told(run)
    if told is None:
        raise ConfigError("model", f"{run}: is no run's folder that tells what it held out.")
    if data.sha256 != told["data_sha256"]:
        raise ConfigError("data", f"data: is not what the run in {run} learned from.")
    if not told["held_out"]:
        raise ConfigError("model", f"{run}: this run held nothing out.")
    lines = frozenset(told["held_out"])
    return replace(data, records=[record for record in data.records if record.line in lines])


def learned(model: Path, data: Data) -> int | None:
    """How many records of the data have the texts of one that the model learned from; nothing where nobody knows.

    `model` is a run's folder or its `model/`. The run's own data must still be where it was, unless this is it.
    """
    inner = model.resolve()
    told = _told(inner.parent if inner.name == progress.MODEL_FOLDER else inner)
    if told is None:
        return None
    own = (
        data if data.sha256 == told["data_sha256"] else _read(Path(told["data"]), sha256=told["data_sha256"])
    )
    if own is None:
        return None
    apart = frozenset((*told["held_out"], *told.get("left_out", ())))
    digests = {record.digest for record in own.records if record.line not in apart}
    return sum(record.digest in digests for record in data.records)


def _told(run: Path) -> dict[str, Any] | None:
    """What the run's folder tells, if it is one."""
    try:
        found = documents.read_object(run / progress.RUN_FILE)
    except (OSError, ValueError):
        return None
    kinds = {"data": str, "data_sha256": str, "held_out": list}
    return found if all(isinstance(found.get(key), kind) for key, kind in kinds.items()) else None


def _read(path: Path, *, sha256: str) -> Data | None:
    """The data of that hash, if it is still there."""
    try:
        found = read(path)
    except (OSError, BadRows):
        return None
    return found if found.sha256 == sha256 else None
