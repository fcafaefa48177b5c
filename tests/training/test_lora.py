"""An adapter learns what it should, nothing else moves, and its merged model answers the same."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from tests.training.conftest import ROWS
from training import attention, lora, prompts, recompute
from training import model as models
from training import tokenizer as tokenizers
from training.config import RunConfig
from training.data import Encoder, Record
from training.finetune import finetune
from training.generate import Sampling, Tuned
from training.loss import row_of, token_losses
from training.recipes import ARCHITECTURES, Shape
from training.tokenizer import token_id

REPOSITORY = Path(__file__).parents[2]
RECORDS = [Record(number, row["instruction"], row["response"]) for number, row in enumerate(ROWS, 1)]


@pytest.fixture(scope="module")
def tokenizer():
    return tokenizers.train([text for record in RECORDS for text in record.texts], vocab_size=300)


@pytest.fixture(scope="module")
def row(tokenizer):
    return row_of(list(Encoder(tokenizer).examples(RECORDS)))


@pytest.fixture
def markers(tokenizer):
    return [token_id(tokenizer, marker) for marker in prompts.MARKERS]


@pytest.fixture(params=ARCHITECTURES)
def plain(request, tokenizer):
    return models.fresh(Shape(2, 32, 2, 64, 300, request.param), tokenizer=tokenizer, seed=1)


def learning(model):
    return {name: value for name, value in model.named_parameters() if value.requires_grad}


def adapted(model, markers):
    lora.adapt(model, rank=4, alpha=8, ids=markers, seed=2)
    return model


def learn(model, row, *, steps):
    optimizer = torch.optim.AdamW(learning(model).values(), lr=1e-2)
    for _ in range(steps):
        loss = token_losses(model, row).mean()
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
    return loss.item()


class TestAnAdapter:
    def test_begins_as_the_model_it_is_beside(self, plain, markers, row):
        before = token_losses(plain, row)
        assert torch.equal(token_losses(adapted(plain, markers), row), before)

    def test_learns_while_every_weight_stays(self, plain, markers, row):
        before = {name: value.clone() for name, value in plain.state_dict().items()}
        first = token_losses(plain, row).mean().item()
        assert learn(adapted(plain, markers), row, steps=10) < first - 0.1
        after = plain.state_dict()
        assert {name for name in before if not torch.equal(after[name], before[name])} == set()

    def test_is_small(self, plain, markers):
        """Rank 4 beside the six maps of each layer, or the four of GPT-NeoX's, and three rows at each end."""
        size = sum(value.numel() for value in learning(adapted(plain, markers)).values())
        maps = 4 * (32 + 32) if plain.config.model_type == "gptj" else 32 + 96 + 32 + 32
        assert size == 2 * 4 * (maps + 2 * (32 + 64)) + 2 * 3 * 32

    def test_moves_the_rows_of_the_markers_at_both_ends_and_no_others(self, plain, markers, row):
        """But the embedding of the end marker, after which nothing is predicted."""
        ends = plain.get_input_embeddings, plain.get_output_embeddings
        before = [end().weight.clone() for end in ends]
        learn(adapted(plain, markers), row, steps=3)
        after = [end().merged(end().state_dict()) for end in ends]
        moved = [(new != old).any(dim=1).nonzero().flatten() for new, old in zip(after, before, strict=True)]
        assert [sorted(markers)[1:], sorted(markers)] == [rows.tolist() for rows in moved]

    def test_merged_and_saved_is_a_plain_model_that_says_the_same(
        self, plain, markers, row, tokenizer, tmp_path
    ):
        learn(adapted(plain, markers), row, steps=10)
        models.save(plain, tmp_path, tokenizer=tokenizer)
        merged = models.load(tmp_path, tokenizer=tokenizer, attention_name=attention.NAME)
        assert not lora.is_adapted(merged)
        assert torch.allclose(token_losses(merged, row), token_losses(plain, row), atol=1e-5)

    def test_is_kept_and_given_back_bit_for_bit(self, plain, markers, row, tokenizer, tmp_path):
        learn(adapted(plain, markers), row, steps=3)
        lora.save(plain, plain.state_dict(), tmp_path)
        shape = Shape(2, 32, 2, 64, 300, plain.config.model_type)
        again = adapted(models.fresh(shape, tokenizer=tokenizer, seed=1), markers)
        lora.restore(again, tmp_path)
        assert torch.equal(token_losses(again, row), token_losses(plain, row))

    @pytest.mark.parametrize("how", ["selective", "full"])
    def test_has_the_same_gradients_where_activations_are_computed_again(self, how, plain, markers, row):
        model = adapted(plain, markers).train()
        learn(model, row, steps=1)  # `up` begins as zeros, which hide what is wrong with `down`.
        found = []
        for way in ("none", how):
            recompute.apply(model, way)
            model.zero_grad()
            token_losses(model, row).mean().backward()
            found.append([value.grad for value in learning(model).values()])
        assert all(torch.allclose(*pair, rtol=1e-4, atol=1e-7) for pair in zip(*found, strict=True))

    def test_is_in_32_bits_beside_weights_in_16(self, plain, markers, row):
        model = adapted(plain.to(torch.bfloat16), markers)
        assert {value.dtype for value in learning(model).values()} == {torch.float32}
        first = token_losses(model, row).mean().item()
        assert learn(model, row, steps=10) < first - 0.1


class TestARun:
    """From a base that answers but was never told where to stop, as a pretrained one."""

    @pytest.fixture
    def base(self, tuned, tmp_path):
        tokenizer = tokenizers.load(tuned / "model")
        model = models.load(tuned / "model", tokenizer=tokenizer, attention_name=attention.NAME)
        end = token_id(tokenizer, prompts.END_MARKER)
        with torch.no_grad():
            for weight in (model.get_input_embeddings().weight, model.get_output_embeddings().weight):
                weight[end] = 0.0
        models.save(model, tmp_path / "base", tokenizer=tokenizer)
        return tmp_path / "base"

    def config(self, base, data, out, **overrides):
        settings = {"epochs": 15, "learning_rate": 5e-3, "checkpoint_steps": 5, **overrides}
        return RunConfig(
            recipe="lora-smoke", base=str(base), data=str(data), out=str(out), overrides=settings
        )

    def test_learns_to_stop(self, base, data, tmp_path):
        assert {stopped for _, stopped in self.answers(base)} == {"length"}
        assert finetune(self.config(base, data, tmp_path / "run"), resume=False) == 0
        assert self.answers(tmp_path / "run") == [(row["response"], "end") for row in ROWS]

    def test_that_is_stopped_goes_on_bit_for_bit_from_its_adapter(self, base, data, tmp_path, stop_after):
        whole, broken = (self.config(base, data, tmp_path / name) for name in ("whole", "broken"))
        assert finetune(whole, resume=False) == 0
        stop_after(7)
        assert finetune(broken, resume=False) == 75
        [kept] = (tmp_path / "broken" / "checkpoints").glob("step-00000007")
        assert not (kept / "model.safetensors").exists()
        stop_after(None)
        assert finetune(broken, resume=True) == 0
        models = [(tmp_path / name / "model" / "model.safetensors") for name in ("whole", "broken")]
        assert models[0].read_bytes() == models[1].read_bytes()

    @pytest.mark.slow
    def test_of_two_processes_learns_what_one_does(self, base, data, tmp_path):
        """Each holds half of the frozen weights and half of what learns, in 16 bits and in 32."""
        one, two = (
            self.config(base, data, tmp_path / name, max_steps=3, precision="bf16") for name in ("one", "two")
        )
        assert finetune(one, resume=False) == 0
        path = tmp_path / "config.json"
        path.write_text(json.dumps(two.to_dict()), encoding="utf-8")
        launch = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
        environment = {**os.environ, "OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""}
        subprocess.run(
            [*launch, "-m", "training", "finetune", "--config", str(path)],
            cwd=REPOSITORY,
            env=environment,
            check=True,
        )
        weights = [load_file(tmp_path / name / "model" / "model.safetensors") for name in ("one", "two")]
        assert weights[0].keys() == weights[1].keys()
        for name, value in weights[0].items():
            assert torch.allclose(value, weights[1][name], rtol=1e-2, atol=1e-4), name

    def answers(self, folder):
        """What a model says to each question, and why it stopped."""
        model, sampling, told = Tuned(folder), Sampling(max_new_tokens=60), []
        for row in ROWS:
            answer = model.answer(row["instruction"], context=row.get("context", ""), sampling=sampling)
            told.append(("".join(answer), answer.stopped))
        return told
