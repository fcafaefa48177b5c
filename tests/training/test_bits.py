"""A model is asked and measured in the bits that its weights have."""

import shutil

import pytest
import torch
from safetensors.torch import load_file, save_file

from training import attention
from training import model as models
from training.data import read
from training.evaluate import evaluate

WEIGHTS = "model.safetensors"


@pytest.fixture
def rounded(tuned, tmp_path):
    """Makes a model's folder whose weights were rounded to some bits, and are stored in these or in others."""

    def make(bits, *, stored):
        folder = shutil.copytree(tuned / "model", tmp_path / f"{bits}-{stored}")
        weights = load_file(folder / WEIGHTS)
        kept = {name: weight.to(bits).to(stored) for name, weight in weights.items()}
        save_file(kept, folder / WEIGHTS, metadata={"format": "pt"})
        return folder

    return make


@pytest.mark.parametrize(
    ("stored", "asked"),
    [
        (torch.float32, torch.float32),
        (torch.bfloat16, torch.bfloat16),
        (torch.float16, torch.float32),  # a processor is slow in fp16
    ],
)
def test_a_processor_computes_in_the_weights_own_bits(rounded, stored, asked, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    folder = rounded(stored, stored=stored)
    assert models.load_to_ask(folder, attention_name=attention.NAME).dtype == asked


def test_in_16_bits_figures_are_those_of_32_but_for_rounding(rounded, data):
    narrow, wide = (
        evaluate(rounded(torch.bfloat16, stored=stored), read(data))
        for stored in (torch.bfloat16, torch.float32)
    )
    assert narrow["tokens"] == wide["tokens"]
    assert narrow["loss"] != wide["loss"]
    assert narrow["loss"] == pytest.approx(wide["loss"], rel=2e-2)
