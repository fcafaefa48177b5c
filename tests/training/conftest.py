"""A small data file, written for these tests, and one model that learned it by heart."""

import json
import os
import shutil
import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import GPTNeoXConfig, GPTNeoXForCausalLM

from training import finetune as finetuning
from training import prompts
from training.config import RunConfig
from training.data import Example
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


# Of a random model with a tokenizer of its own.
SHAPE = {
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "max_position_embeddings": 512,
}


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


def turned_after_opening(example: Example) -> Example:
    """The same opening, and the rest from back to front."""
    opening, others = np.split(example.ids, [example.opening_tokens])
    return replace(example, ids=np.concatenate([opening, others[::-1]]))


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


@pytest.fixture(scope="session")
def untaught(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random GPT-NeoX with a tokenizer of its own, as a hub has them."""
    folder = tmp_path_factory.mktemp("untaught")
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    trainer = trainers.BpeTrainer(
        vocab_size=300,
        special_tokens=[prompts.END_OF_TEXT],
        initial_alphabet=alphabet,
        show_progress=False,
    )
    tokenizer.train_from_iterator(["How many legs has a spider? Eight."], trainer)
    tokenizer.save(str(folder / "tokenizer.json"))
    torch.manual_seed(0)
    GPTNeoXForCausalLM(GPTNeoXConfig(vocab_size=320, **SHAPE)).save_pretrained(folder)
    return folder


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
