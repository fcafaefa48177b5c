"""Folders that appear whole or not at all, and the checkpoints of a run: a model folder, its optimizer, its place."""

import json
import os
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from tokenizers import Tokenizer
from transformers import PreTrainedModel

from training import model as models

OPTIMIZER = "optimizer.pt"
STATE = "state.json"
UNFINISHED = ".new-"
KEPT = 2  # The one before the last, should the last turn out to be damaged.


@dataclass(frozen=True, slots=True)
class Place:
    """How far a run had come: steps taken, and the length of its metrics then."""

    step: int
    metrics_bytes: int


def publish(target: Path, write: Callable[[Path], None]) -> None:
    """Let `write` fill a folder beside the target, make it durable, then put it in the target's place."""
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_name(UNFINISHED + target.name)
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir()
    try:
        write(unfinished)
        for path in unfinished.iterdir():
            path.chmod(0o644)  # safetensors keeps its files to their owner.
            _sync(path)
        _sync(unfinished)
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)  # It may be what fills the disk.
        raise
    if target.exists():
        shutil.rmtree(target)
    unfinished.rename(target)
    _sync(target.parent)


def save(
    folder: Path,
    model: PreTrainedModel,
    optimizer: torch.optim.Optimizer,
    *,
    tokenizer: Tokenizer,
    place: Place,
) -> None:
    """Add a checkpoint to the folder and drop old ones."""

    def write(target: Path) -> None:
        models.save(model, target, tokenizer=tokenizer)
        torch.save({"optimizer": optimizer.state_dict(), "random": torch.get_rng_state()}, target / OPTIMIZER)
        (target / STATE).write_text(json.dumps(asdict(place)), encoding="utf-8")

    publish(folder / f"step-{place.step:08}", write)
    for old in _all(folder)[:-KEPT]:
        shutil.rmtree(old)


def latest(folder: Path) -> Path | None:
    """The newest checkpoint, if there is one."""
    return max(_all(folder), default=None)


def place_of(checkpoint: Path) -> Place:
    """How far the run had come at this checkpoint."""
    return Place(**json.loads((checkpoint / STATE).read_text(encoding="utf-8")))


def restore(checkpoint: Path, optimizer: torch.optim.Optimizer) -> None:
    """Give the optimizer and the random numbers back what they had. The weights load as any model's."""
    state = torch.load(checkpoint / OPTIMIZER, weights_only=True)
    optimizer.load_state_dict(state["optimizer"])
    torch.set_rng_state(state["random"])


def _all(folder: Path) -> list[Path]:
    return sorted(folder.glob("step-*"))


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
