"""Models made, loaded and saved: both architectures learn packed rows exactly, and keep the vocabulary they have."""

from dataclasses import replace

import pytest
import torch
from transformers import AutoModelForCausalLM

from tests.training.conftest import ROWS, turned_after_opening, write_rows
from training import attention, bases
from training import model as models
from training import tokenizer as tokenizers
from training.config import RunConfig
from training.data import Encoder, Record
from training.finetune import finetune
from training.generate import Sampling, Tuned
from training.loop import add_gradients
from training.loss import head_losses, row_of, token_losses
from training.recipes import ARCHITECTURES, GPTJ, Shape

RECORDS = [Record(number, row["instruction"], row["response"]) for number, row in enumerate(ROWS, 1)]


@pytest.fixture(scope="module")
def tokenizer():
    return tokenizers.train([text for record in RECORDS for text in record.texts], vocab_size=300)


@pytest.fixture(scope="module")
def examples(tokenizer):
    return list(Encoder(tokenizer).examples(RECORDS))


@pytest.fixture(params=ARCHITECTURES)
def shape(request):
    return Shape(2, 32, 2, 64, 300, request.param)


@pytest.fixture
def model(shape, tokenizer):
    return models.fresh(shape, tokenizer=tokenizer, seed=1).double()


class TestAPackedRow:
    def test_has_the_losses_of_its_records_one_by_one(self, model, examples):
        packed = token_losses(model, row_of(examples))
        alone = torch.cat([token_losses(model, row_of([example])) for example in examples])
        assert torch.allclose(packed, alone, rtol=0, atol=1e-12)

    def test_has_the_gradients_of_its_records_one_by_one(self, model, examples):
        gradients = []
        for rows in ([[0, 1, 2]], [[0], [1], [2]]):
            model.zero_grad()
            add_gradients(model, examples, rows)
            gradients.append([parameter.grad.clone() for parameter in model.parameters()])
        for packed, alone in zip(*gradients, strict=True):
            assert torch.allclose(packed, alone, rtol=1e-9, atol=1e-12)

    def test_has_the_losses_and_gradients_of_a_model_that_spares_no_token(self, model, examples):
        row = row_of(examples)
        every = model.base_model(input_ids=row.ids, **asked_of(row)).last_hidden_state[0, row.predicting]
        whole = head_losses(model.get_output_embeddings(), every, row.targets)
        spared = token_losses(model, row)
        assert torch.allclose(spared, whole, rtol=0, atol=1e-12)
        weights = list(model.parameters())
        for found, wanted in zip(
            torch.autograd.grad(spared.mean(), weights),
            torch.autograd.grad(whole.mean(), weights),
            strict=True,
        ):
            assert torch.allclose(found, wanted, rtol=1e-9, atol=1e-12)

    def test_takes_the_tokens_before_its_targets_alone_through_the_last_mlp(self, model, examples):
        row, sizes = row_of(examples), []
        for layer in models.layers_of(model):
            first = next(part for part in layer.mlp.modules() if isinstance(part, torch.nn.Linear))
            first.register_forward_hook(lambda _part, args, _made: sizes.append(args[0].shape[1]))
        token_losses(model, row)
        assert sizes == [row.ids.shape[1], len(row.targets)]
        assert len(row.targets) < row.ids.shape[1]

    def test_keeps_its_records_from_each_other_to_the_bit(self, model, examples):
        other = [turned_after_opening(examples[0]), *examples[1:]]
        first = examples[0].answer_tokens
        before, after = (token_losses(model, row_of(row)) for row in (examples, other))
        assert not torch.equal(before[:first], after[:first])
        assert torch.equal(before[first:], after[first:])
        weights = list(model.parameters())
        learned = [torch.autograd.grad(losses[first:].sum(), weights) for losses in (before, after)]
        assert all(map(torch.equal, *learned))

    def test_has_the_loss_that_plain_transformers_finds(self, shape, tokenizer, examples, tmp_path):
        models.save(models.fresh(shape, tokenizer=tokenizer, seed=1), tmp_path, tokenizer=tokenizer)
        ours = models.load(tmp_path, tokenizer=tokenizer, attention_name=attention.NAME)
        plain = AutoModelForCausalLM.from_pretrained(tmp_path)
        losses = token_losses(ours, row_of(examples)).split([e.answer_tokens for e in examples])
        for example, found in zip(examples, losses, strict=True):
            ids = torch.from_numpy(example.ids).long()[None]
            labels = ids.clone()
            labels[0, : example.prompt_tokens] = -100
            expected = plain(input_ids=ids, labels=labels).loss.item()
            assert found.mean().item() == pytest.approx(expected, rel=1e-5)


def asked_of(row):
    """What a body must know of a row to keep its records apart."""
    return {
        "position_ids": row.positions,
        "bounds": row.bounds,
        "opening": row.opening,
        "use_cache": False,
    }


def test_a_model_that_was_asked_for_some_tokens_spares_none_for_who_asks_for_none(model, examples):
    row = row_of(examples)
    before, _, after = (
        model.base_model(input_ids=row.ids, **asked_of(row), **wanted).last_hidden_state
        for wanted in ({}, {"wanted": torch.tensor([3])}, {})
    )
    assert torch.equal(before, after)


def test_gptj_is_given_no_row_without_bounds(tokenizer):
    """It would let records see each other, and what comes after them."""
    model = models.fresh(Shape(1, 32, 2, 64, 300, GPTJ), tokenizer=tokenizer, seed=1)
    with pytest.raises(ValueError, match="bounds"):
        model(input_ids=torch.tensor([[1, 2]]))


def test_a_shape_has_the_parameters_of_its_model(model, shape):
    made = replace(shape, vocab_size=model.config.vocab_size)
    assert sum(parameter.numel() for parameter in model.parameters()) == made.parameters
    assert len(models.layers_of(model)) == shape.num_hidden_layers


class TestTheVocabulary:
    @pytest.mark.parametrize(("has", "gets"), [(1024, 1024), (290, 290), (280, 320)])
    def test_stays_as_the_base_has_it_unless_the_markers_need_room(
        self, has, gets, model, tokenizer, tmp_path
    ):
        model.resize_token_embeddings(has, mean_resizing=False)
        models.save(model, tmp_path, tokenizer=tokenizer)
        assert tokenizer.get_vocab_size() == 287
        loaded = models.load(tmp_path, tokenizer=tokenizer, attention_name=attention.NAME)
        assert loaded.get_input_embeddings().weight.shape[0] == gets
        assert loaded.get_output_embeddings().weight.shape[0] == gets


def test_gptj_learns_by_heart_and_answers(tokenizer, tmp_path):
    """A fine-tune of a GPT-J base, from its folder to the answers of its model."""
    base = tmp_path / "base"
    fresh = models.fresh(Shape(2, 64, 2, 128, 320, GPTJ), tokenizer=tokenizer, seed=1)
    models.save(fresh, base, tokenizer=tokenizer)
    rows = ROWS[:3]
    config = RunConfig(
        recipe="smoke",
        data=str(write_rows(tmp_path / "data.jsonl", rows)),
        out=str(tmp_path / "run"),
        base=str(base),
        overrides={"epochs": 60},
    )
    assert finetune(config, resume=False) == 0
    assert bases.read_shape(tmp_path / "run" / "model") == Shape(2, 64, 2, 128, 320, GPTJ)
    tuned = Tuned(tmp_path / "run")
    answers = [
        "".join(
            tuned.answer(row["instruction"], context=row["context"], sampling=Sampling(max_new_tokens=40))
        )
        for row in rows
    ]
    assert answers == [row["response"] for row in rows]
