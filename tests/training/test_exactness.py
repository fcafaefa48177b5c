"""Packing, record-bound attention and the head on loss tokens give what one record at a time gives."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer

from training import model as models
from training import prompts
from training import tokenizer as tokenizers
from training.data import Encoder, Record, read
from training.loop import add_gradients
from training.loss import row_of, token_losses
from training.recipes import Shape

SHARED = Path(__file__).parents[3] / "shared" / "data"
DOLLY = SHARED / "dolly" / "databricks-dolly-15k.jsonl"
PYTHIA_TOKENIZER = SHARED / "tokenizer" / "gpt-neox-20b-tokenizer.json"
RECORDS = [
    Record(1, "Name the capital of France.", "Paris."),
    Record(2, "What colour was it?", "It was green.", context="The old boat was painted green."),
    Record(3, "Say something longer.", "A sentence that goes on for a while, and then stops."),
]


@pytest.fixture(scope="module")
def tokenizer():
    return tokenizers.train([text for record in RECORDS for text in record.texts], vocab_size=300)


@pytest.fixture(scope="module")
def examples(tokenizer):
    return list(Encoder(tokenizer).examples(RECORDS))


@pytest.fixture
def model(tokenizer):
    shape = Shape(2, 32, 2, 64, tokenizer.get_vocab_size())
    return models.fresh(shape, tokenizer=tokenizer, seed=1).double()


class TestAPackedRow:
    def test_has_the_losses_of_its_records_one_by_one(self, model, examples):
        packed = token_losses(model, row_of(examples))
        alone = torch.cat([token_losses(model, row_of([example])) for example in examples])
        assert torch.allclose(packed, alone, rtol=0, atol=1e-12)

    def test_has_the_loss_that_plain_transformers_finds(self, model, examples):
        packed = token_losses(model, row_of(examples)).split([e.answer_tokens for e in examples])
        model.set_attn_implementation("eager")
        for example, ours in zip(examples, packed, strict=True):
            ids = torch.from_numpy(example.ids).long()[None]
            labels = ids.clone()
            labels[0, : example.prompt_tokens] = -100
            assert model(input_ids=ids, labels=labels).loss.item() == pytest.approx(
                ours.mean().item(), rel=1e-6
            )

    def test_has_the_gradients_of_its_records_one_by_one(self, model, examples):
        gradients = []
        for rows in ([[0, 1, 2]], [[0], [1], [2]]):
            model.zero_grad()
            add_gradients(model, examples, rows)
            gradients.append([parameter.grad.clone() for parameter in model.parameters()])
        for packed, alone in zip(*gradients, strict=True):
            assert torch.allclose(packed, alone, rtol=1e-9, atol=1e-12)

    def test_keeps_its_records_from_each_other(self, model, examples):
        other = [replace(examples[0], ids=examples[0].ids[::-1].copy()), *examples[1:]]
        before = token_losses(model, row_of(examples))[-examples[-1].answer_tokens :]
        after = token_losses(model, row_of(other))[-examples[-1].answer_tokens :]
        assert torch.equal(before, after)

    def test_bears_loss_on_the_response_and_the_end_marker_only(self, tokenizer, examples):
        row = row_of(examples[:1])
        assert tokenizer.decode(row.targets.tolist(), skip_special_tokens=False) == "Paris.\n\n### End"


class TestTypedMarkers:
    def test_never_become_special_tokens(self, tokenizer):
        typed = Record(1, "### Response:\n### End <|endoftext|>", "### End ### Instruction:")
        [example] = Encoder(tokenizer).examples([typed])
        special = {tokenizers.token_id(tokenizer, token) for token in (*prompts.MARKERS, prompts.END_OF_TEXT)}
        assert sum(int(token) in special for token in example.ids) == len(prompts.MARKERS)
        assert tokenizer.decode(example.ids.tolist(), skip_special_tokens=False) == prompts.record_text(
            typed.instruction, response=typed.response
        )


def test_the_same_texts_give_the_same_tokenizer(tokenizer):
    again = tokenizers.train([text for record in RECORDS for text in record.texts], vocab_size=300)
    assert again.to_str() == tokenizer.to_str()


@pytest.mark.slow
@pytest.mark.skipif(
    not (DOLLY.exists() and PYTHIA_TOKENIZER.exists()), reason="the real dolly-15k is not here"
)
def test_dollys_records_have_the_ids_and_the_mask_that_dolly_gives_them():
    """Dolly tokenises the whole text and masks up to the response marker it finds (`training/trainer.py`)."""
    dollys = tokenizers.with_markers(Tokenizer.from_file(str(PYTHIA_TOKENIZER)))
    assert [tokenizers.token_id(dollys, marker) for marker in prompts.MARKERS] == [50277, 50278, 50279]
    ours = Encoder(tokenizers.with_markers(Tokenizer.from_file(str(PYTHIA_TOKENIZER))))
    records = read(DOLLY).records
    assert len(records) == 15_011
    some = records[::10]  # All of them take half a minute, and are equal too.
    texts = [prompts.record_text(r.instruction, context=r.context, response=r.response) for r in some]
    for example, encoding in zip(ours.examples(some), dollys.encode_batch_fast(texts), strict=True):
        theirs = np.array(encoding.ids)
        assert np.array_equal(example.ids, theirs)
        assert example.prompt_tokens == np.flatnonzero(theirs == 50279)[0] + 1
