"""Folders that appear whole or not at all, and the checkpoints of a run: a model or an adapter, optimizers, a place."""

import json
import os
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from tokenizers import Tokenizer

from training import lora
from training import model as models
from training.config import ConfigError
from training.distributed import ALONE, Ranks
from training.engine import Engine

STATE = "state.json"
UNFINISHED = ".new-"
KEPT = 2  # The one before the last, should the last turn out to be damaged.


@dataclass(frozen=True, slots=True)
class Place:
    """How far a run had come: steps taken, and the length of its metrics then."""

    step: int
    metrics_bytes: int


def publish(target: Path, write: Callable[[Path], None], *, ranks: Ranks = ALONE) -> None:
    """Let `write` fill a folder beside the target, make it durable, then put it in the target's place.

    Every process writes; the first one does the rest. What fails in one fails in all.
    """
    unfinished = target.with_name(UNFINISHED + target.name)
    ranks.told(lambda: _make_empty(unfinished))
    try:
        ranks.together(lambda: write(unfinished))
        ranks.told(lambda: _replace(target, unfinished))
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
        (target / STATE).write_text(json.dumps(asdict(place)), encoding="utf-8")

    publish(folder / f"step-{place.step:08}", write, ranks=ranks)
    if ranks.first:
        for old in _all(folder)[:-KEPT]:
            shutil.rmtree(old)


def latest(folder: Path) -> Path | None:
    """The newest checkpoint, if there is one."""
    return max(_all(folder), default=None)


def place_of(checkpoint: Path) -> Place:
    """How far the run had come at this checkpoint."""
    return Place(**json.loads((checkpoint / STATE).read_text(encoding="utf-8")))


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


def _all(folder: Path) -> list[Path]:
    return sorted(folder.glob("step-*"))


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
