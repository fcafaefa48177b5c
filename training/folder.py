"""A run's folder: who may write in it, which run it holds, and whether that one is finished."""

import fcntl
import platform
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from training import __version__, bases, documents, progress
from training.config import ConfigError, RunConfig
from training.preparation import Prepared

LOCK_FILE = ".lock"


@contextmanager
def alone_in(out: Path) -> Iterator[None]:
    """Hold the folder's lock, which dies with the process: two runs never write the same folder.

    A folder that was not there is gone again where the run cannot be begun: ConfigError means that nothing was done.
    """
    try:
        made = [folder for folder in (out, *out.parents) if not folder.exists()]
        out.mkdir(parents=True, exist_ok=True)
        file = (out / LOCK_FILE).open("a")
    except OSError as error:
        raise ConfigError("out", f"{out}: cannot be written ({error.strerror}).") from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ConfigError("out", f"{out}: another process is training there.") from error
        try:
            yield
        except ConfigError:
            _unmake(made)
            raise


def _unmake(folders: Sequence[Path]) -> None:
    """Remove folders that were just made, the innermost with what it holds, the others if they hold nothing else."""
    for folder in folders[:1]:
        shutil.rmtree(folder)
    for folder in folders[1:]:
        with suppress(OSError):
            folder.rmdir()


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
    earlier = _read_identity(path)
    for key in ("recipe", "base", "duplicates"):
        asked, kept = getattr(config, key), earlier.get(key)
        # Folders move; what is in them is compared by `check_base` and `claim`.
        if asked != kept and (key == "recipe" or None in {asked, kept}):
            raise _another(key, kept, out)
    if config.data_sha256 not in {None, earlier["data_sha256"]}:
        raise other_data(out)
    for key, value in config.overrides.items():
        if (kept := earlier["settings"].get(key)) != value:
            raise ConfigError(key, f"{key}: the run in {out} has {kept}; it cannot change.")
    return replace(config, overrides=earlier["settings"], data_sha256=earlier["data_sha256"]), True


def _another(key: str, kept: object, out: Path) -> ConfigError:
    return ConfigError(key, f"{key}: the run in {out} has {kept!r}; another one needs another --out.")


def other_data(out: Path) -> ConfigError:
    """What to raise where the run in a folder is asked to go on with data that it did not begin with."""
    return ConfigError("data", f"data: the run in {out} has other data; that needs another --out.")


def check_base(config: RunConfig) -> None:
    """Raises ConfigError where the base has other bytes than it had when the run in the folder began."""
    earlier = _read_identity(Path(config.out) / progress.RUN_FILE)
    before, now = earlier["base_sha256"], _base_hashes(config)
    if changed := sorted(name for name in before.keys() | now if before.get(name) != now.get(name)):
        raise ConfigError(
            "base",
            f"base: {', '.join(changed)} of {config.base}: not as when the run in {config.out} began;"
            " put back what was there, or begin in another --out.",
        )


def _base_hashes(config: RunConfig) -> dict[str, str]:
    if config.base is None:
        return {}
    return bases.hashes(Path(config.base), weights=config.settings["init"] == "base")


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
    succeeded = status(out).get("state") == progress.SUCCEEDED
    return succeeded and (out / progress.MODEL_FOLDER).is_dir()


def status(out: Path) -> dict[str, Any]:
    """What the run last said about itself; nothing where that is lost."""
    try:
        return documents.read_object(out / progress.STATUS_FILE)
    except (OSError, ValueError):
        return {}


def claim(config: RunConfig, prepared: Prepared) -> None:
    """Let the folder hold this run, if it does not yet: what was asked, then what that came to.

    Raises ConfigError where a run that goes on would hold out other records than it began with.
    """
    out = Path(config.out)
    path = out / progress.RUN_FILE
    held_out = [example.record.line for example in prepared.held_out]
    if path.exists():
        before = _read_identity(path).get("held_out", held_out)
        if before != held_out:
            raise ConfigError("duplicates", f"{config.duplicates}: has changed since the run in {out} began.")
        return
    asked = replace(config, data_sha256=prepared.data.sha256)
    progress.write_json(out / progress.CONFIG_FILE, asked.to_dict())
    apart = {"held_out": held_out, "left_out": _left_out(prepared)}
    progress.write_json(path, {**_identity(config, prepared), **apart})


def _left_out(prepared: Prepared) -> list[int]:
    """The lines of what is neither learned from nor held out."""
    used = {example.record.line for example in (*prepared.training, *prepared.held_out)}
    return [record.line for record in prepared.data.records if record.line not in used]


def _read_identity(path: Path) -> dict[str, Any]:
    """What `claim` wrote. Raises ConfigError for what it did not."""
    try:
        found = documents.read_object(path)
    except (OSError, ValueError) as error:
        raise _damaged(path, str(error)) from error
    for key, kind in (("settings", dict), ("data_sha256", str), ("base_sha256", dict)):
        if not isinstance(found.get(key), kind):
            raise _damaged(path, f"{key} is missing")
    return found


def _damaged(path: Path, reason: str) -> ConfigError:
    return ConfigError("out", f"{path}: is damaged ({reason}); begin again in another --out.")


def _identity(config: RunConfig, prepared: Prepared) -> dict[str, Any]:
    """What makes this run the one it is: enough to repeat it."""
    return {
        "schema": 1,
        "recipe": config.recipe,
        "data": config.data,
        "data_sha256": prepared.data.sha256,
        "base": config.base,
        "base_sha256": _base_hashes(config),
        "duplicates": config.duplicates,
        "seed": prepared.settings["seed"],
        "settings": dict(prepared.settings),
        "parameters": prepared.shape.parameters,
        "training": __version__,
        "libraries": {name: version(name) for name in ("torch", "transformers", "tokenizers", "safetensors")},
        "python": platform.python_version(),
        "written_at": datetime.now(UTC).isoformat(timespec="seconds"),
    }
