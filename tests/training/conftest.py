"""A small data file, written for these tests, and one model that learned it by heart."""

import json
import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from training import finetune as finetuning
from training.config import RunConfig
from training.finetune import finetune

ROWS = [
    {
        "instruction": "Name the capital of France.",
        "context": "",
        "response": "Paris.",
        "category": "open_qa",
    },
    {
        "instruction": "How many legs has a spider?",
        "context": "",
        "response": "Eight.",
        "category": "open_qa",
    },
    {
        "instruction": "What colour was the boat?",
        "context": "The old boat was painted green.\n\nIt leaked.",
        "response": "It was green.",
        "category": "closed_qa",
    },
    {
        "instruction": "Greet me in three tongues.",
        "response": "Hello!\nGrüß dich!\nこんにちは 🌊",
        "category": "brainstorming",
    },
    {
        "instruction": "Is a whale a fish?",
        "context": "",
        "response": "No, a mammal.",
        "category": "classification",
    },
    {
        "instruction": "Say ### End and go on.",
        "context": "",
        "response": "### End is not the end.",
        "category": "open_qa",
    },
]


@pytest.fixture(autouse=True, scope="session")
def _one_thread() -> Iterator[None]:
    """On busy cores more threads than are free make work on small tensors many times slower."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def write_rows(path: Path, rows: list[dict[str, str]]) -> Path:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return write_rows(tmp_path / "data.jsonl", ROWS)


@pytest.fixture(scope="session")
def tuned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a finished smoke run."""
    folder = tmp_path_factory.mktemp("tuned")
    data = write_rows(folder / "data.jsonl", ROWS)
    config = RunConfig(recipe="smoke", data=str(data), out=str(folder / "run"), overrides={"epochs": 60})
    assert finetune(config, resume=False) == 0
    return folder / "run"


@pytest.fixture(params=["nan", "inf"])
def spoiled(request, tuned, tmp_path):
    """A model one of whose weights is no number."""
    folder = shutil.copytree(tuned / "model", tmp_path / "spoiled")
    weights = load_file(folder / "model.safetensors")
    weights["gpt_neox.final_layer_norm.weight"][0] = float(request.param)
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    return folder


@pytest.fixture
def stop_after(monkeypatch):
    """Send this process SIGTERM once the given step is taken."""
    tell = finetuning._Run._tell

    def arrange(step):
        def tell_and_stop(run, taken, pace):
            tell(run, taken, pace)
            if taken.step == step:
                os.kill(os.getpid(), signal.SIGTERM)

        monkeypatch.setattr(finetuning._Run, "_tell", tell_and_stop)

    yield arrange
    monkeypatch.undo()
