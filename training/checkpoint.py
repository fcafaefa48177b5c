"""Folders that appear whole or not at all, and the checkpoints of a run: a model or an adapter, optimizers, a place."""

import json
import os
import shutil
import zlib
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import torch
from tokenizers import Tokenizer

from training import documents, lora, progress
from training import model as models
from training.config import ConfigError
from training.distributed import ALONE, Ranks
from training.engine import Engine

STATE = "state.json"
UNFINISHED = ".new-"
READ_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Place:
    """How far a run had come: steps taken, the length of its metrics then, and whether that step's evaluation is due."""

    step: int
    metrics_bytes: int
    evaluation_due: bool = False


class NoneWhole(RuntimeError):
    """A run has checkpoints, and each of them is damaged."""


def publish(
    target: Path,
    write: Callable[[Path], None],
    *,
    finish: Callable[[Path], None] | None = None,
    ranks: Ranks = ALONE,
) -> None:
    """Let `write` fill a folder beside the target, make it durable, then put it in the target's place.

    Every process writes; then the first one does the rest, `finish` before all. What fails in one fails in all.
    """

    def conclude() -> None:
        if finish:
            finish(unfinished)
        _replace(target, unfinished)

    unfinished = target.with_name(UNFINISHED + target.name)
    ranks.told(lambda: _make_empty(unfinished))
    try:
        ranks.together(lambda: write(unfinished))
        ranks.told(conclude)
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)  # It may be what fills the disk.
        raise


def save(folder: Path, engine: Engine, *, tokenizer: Tokenizer, place: Place) -> None:
    """Add a checkpoint to the folder and drop old ones."""
    ranks, adapted = engine.ranks, lora.is_adapted(engine.model)
    weights = engine.weights(trained_only=adapted)

    def write(target: Path) -> None:
        torch.save(engine.state(), target / _state_file(ranks))
        if not ranks.first:
            return
        if adapted:
            lora.save(engine.model, weights, target)
        else:
            models.save(engine.model, target, tokenizer=tokenizer, weights=weights)

    def seal(target: Path) -> None:
        state = {**asdict(place), "crc32": _sums(target)}
        (target / STATE).write_text(json.dumps(state), encoding="utf-8")

    target = folder / f"step-{place.step:08}"
    publish(target, write, finish=seal, ranks=ranks)
    if ranks.first:
        # A later one was damaged, and the run went on from before it.
        past = [checkpoint for checkpoint in _all(folder) if checkpoint.name <= target.name]
        for old in set(_all(folder)).difference(past[-progress.KEPT_CHECKPOINTS :]):
            shutil.rmtree(old)


def latest(folder: Path) -> Path | None:
    """The newest checkpoint, if there is one. Nobody has looked yet whether it is whole."""
    return max(_all(folder), default=None)


def latest_whole(folder: Path, *, say: Callable[[str], None]) -> Path | None:
    """The newest checkpoint that is as it was written, if there is any. `say` hears of damaged ones.

    Raises NoneWhole.
    """
    checkpoints = _all(folder)[::-1]
    for checkpoint in checkpoints:
        if not (damage := damage_of(checkpoint)):
            return checkpoint
        say(f"{checkpoint}: is damaged ({damage}), and is passed over.")
    if checkpoints:
        raise NoneWhole(
            f"No checkpoint in {folder} is whole: {damage}. Remove that folder, and the run resumes from the beginning."
        )
    return None


def damage_of(checkpoint: Path) -> str:
    """What is not as it was written; nothing where all is. By CRC-32, which chance does not meet: a disk is no enemy."""
    try:
        place_of(checkpoint)
        before = dict(documents.read_object(checkpoint / STATE)["crc32"])
    except (OSError, ValueError, KeyError, TypeError):
        return STATE
    try:
        now = _sums(checkpoint)
    except OSError as error:
        return str(error)
    return ", ".join(sorted(name for name in before.keys() | now if before.get(name) != now.get(name)))


def step_of(checkpoint: Path) -> int:
    """After which step it was made, by its name alone."""
    return int(checkpoint.name.removeprefix("step-"))


def place_of(checkpoint: Path) -> Place:
    """How far the run had come at this checkpoint, which is whole."""
    state = documents.read_object(checkpoint / STATE)
    return Place(**{field.name: state[field.name] for field in fields(Place)})


def restore(checkpoint: Path, engine: Engine) -> None:
    """Give the engine back what it had. The weights load as any model's. Raises ConfigError for other processes."""
    path = checkpoint / _state_file(engine.ranks)
    if not path.exists():
        raise ConfigError(
            "out", f"{checkpoint}: was not written by {engine.ranks.size} process(es); resume with as many."
        )
    # By way of main memory: on a GPU there is no room for the state twice.
    engine.restore(torch.load(path, map_location="cpu", weights_only=True))


def _state_file(ranks: Ranks) -> str:
    """What each process keeps for itself."""
    return f"optimizer-{ranks.rank + 1}-of-{ranks.size}.pt"


def _make_empty(folder: Path) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()


def _replace(target: Path, unfinished: Path) -> None:
    for path in unfinished.iterdir():
        path.chmod(0o644)  # safetensors keeps its files to their owner.
        _sync(path)
    _sync(unfinished)
    if target.exists():
        shutil.rmtree(target)
    unfinished.rename(target)
    _sync(target.parent)


def _sums(checkpoint: Path) -> dict[str, int]:
    """The CRC-32 of each file but the one that keeps them."""
    return {path.name: _crc32(path) for path in sorted(checkpoint.iterdir()) if path.name != STATE}


def _crc32(path: Path) -> int:
    found = 0
    with path.open("rb") as file:
        while part := file.read(READ_BYTES):
            found = zlib.crc32(part, found)
    return found


def _all(folder: Path) -> list[Path]:
    return sorted(folder.glob("step-*"))


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
