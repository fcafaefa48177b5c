"""A run's folder: who may write in it, which run it holds, and whether that one is finished."""

import fcntl
import json
import platform
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from training import __version__, bases, progress
from training.config import ConfigError, RunConfig
from training.preparation import Prepared

LOCK_FILE = ".lock"


@contextmanager
def alone_in(out: Path) -> Iterator[None]:
    """Hold the folder's lock, which dies with the process: two runs never write the same folder."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        file = (out / LOCK_FILE).open("a")
    except OSError as error:
        raise ConfigError("out", f"{out}: cannot be written ({error.strerror}).") from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ConfigError("out", f"{out}: another process is training there.") from error
        yield


def agreed(config: RunConfig, out: Path, *, resume: bool) -> tuple[RunConfig, bool]:
    """The configuration to follow, and whether the folder holds a run of it already.

    A resumed run keeps the settings it began with. Raises ConfigError for a run that is another one.
    """
    path = out / progress.RUN_FILE
    if not path.exists():
        _refuse_to_write_over(config, out)
        return config, False
    if not resume:
        raise ConfigError("out", f"{out}: holds a run; --resume goes on with it.")
    earlier: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    for key in ("recipe", "base", "duplicates"):
        if getattr(config, key) != earlier.get(key):
            raise ConfigError(
                key, f"{key}: the run in {out} has {earlier.get(key)!r}; another one needs another --out."
            )
    if config.data_sha256 not in {None, earlier["data_sha256"]}:
        raise other_data(out)
    for key, value in config.overrides.items():
        if earlier["settings"][key] != value:
            raise ConfigError(
                key, f"{key}: the run in {out} has {earlier['settings'][key]}; it cannot change."
            )
    return replace(config, overrides=earlier["settings"], data_sha256=earlier["data_sha256"]), True


def other_data(out: Path) -> ConfigError:
    """What to raise where the run in a folder is asked to go on with data that it did not begin with."""
    return ConfigError("data", f"data: the run in {out} has other data; that needs another --out.")


def _refuse_to_write_over(config: RunConfig, out: Path) -> None:
    """Raise ConfigError where a folder without a run holds what a run would write over: a model, or the data."""
    for name in (progress.MODEL_FOLDER, progress.CHECKPOINTS_FOLDER, bases.TOKENIZER, *bases.WEIGHTS):
        if (out / name).exists():
            raise ConfigError("out", f"{out}: holds {name} and no run; choose a folder that is new or empty.")
    written = (progress.METRICS_FILE, progress.STATUS_FILE, progress.CONFIG_FILE)
    if Path(config.data).resolve() in {(out / name).resolve() for name in written}:
        raise ConfigError(
            "out", f"{config.data}: the run would write over its own data; choose another --out."
        )


def finished(out: Path) -> bool:
    """Whether the run reached its end and its model is there."""
    try:
        state = json.loads((out / progress.STATUS_FILE).read_text(encoding="utf-8"))["state"]
    except (OSError, ValueError, KeyError):
        return False
    return state == progress.SUCCEEDED and (out / progress.MODEL_FOLDER).is_dir()


def claim(config: RunConfig, prepared: Prepared) -> None:
    """Let the folder hold this run, if it does not yet: what was asked, then what that came to.

    Raises ConfigError where a run that goes on would hold out other records than it began with.
    """
    out = Path(config.out)
    path = out / progress.RUN_FILE
    held_out = [example.record.line for example in prepared.held_out]
    if path.exists():
        before = json.loads(path.read_text(encoding="utf-8")).get("held_out", held_out)
        if before != held_out:
            raise ConfigError("duplicates", f"{config.duplicates}: has changed since the run in {out} began.")
        return
    asked = replace(config, data_sha256=prepared.data.sha256)
    progress.write_json(out / progress.CONFIG_FILE, asked.to_dict())
    progress.write_json(path, {**_identity(config, prepared), "held_out": held_out})


def _identity(config: RunConfig, prepared: Prepared) -> dict[str, Any]:
    """What makes this run the one it is: enough to repeat it."""
    return {
        "schema": 1,
        "recipe": config.recipe,
        "data": config.data,
        "data_sha256": prepared.data.sha256,
        "base": config.base,
        "duplicates": config.duplicates,
        "seed": prepared.settings["seed"],
        "settings": dict(prepared.settings),
        "parameters": prepared.shape.parameters,
        "training": __version__,
        "libraries": {name: version(name) for name in ("torch", "transformers", "tokenizers", "safetensors")},
        "python": platform.python_version(),
        "written_at": datetime.now(UTC).isoformat(timespec="seconds"),
    }
