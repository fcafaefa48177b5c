"""Packing, record-bound attention and the head on loss tokens give what one record at a time gives."""

from copy import deepcopy
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import GPTNeoXConfig, GPTNeoXForCausalLM

from tests.training import dolly
from tests.training.conftest import turned_after_opening
from training import attention, loss, prompts
from training import model as models
from training import tokenizer as tokenizers
from training.data import Encoder, Example, Record, read
from training.loop import add_gradients
from training.loss import row_of, token_losses
from training.packing import batches
from training.recipes import Shape

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


@pytest.fixture(scope="module")
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
        plain = deepcopy(model)
        plain.set_attn_implementation("eager")
        for example, ours in zip(examples, packed, strict=True):
            ids = torch.from_numpy(example.ids).long()[None]
            labels = ids.clone()
            labels[0, : example.prompt_tokens] = dolly.IGNORED
            # It computes the loss in 32 bits whatever the model's are.
            assert plain(input_ids=ids, labels=labels).loss.item() == pytest.approx(
                ours.mean().item(), rel=1e-6
            )

    def test_has_the_gradients_of_its_records_one_by_one(self, model, examples):
        packed = gradients(model, examples, [[0, 1, 2]])
        alone = gradients(model, examples, [[0], [1], [2]])
        for name, gradient in packed.items():
            assert torch.allclose(gradient, alone[name], rtol=1e-9, atol=1e-12)

    def test_holds_once_what_every_prompt_opens_with(self, tokenizer, examples):
        row = row_of(examples)
        assert row.ids.shape[1] == sum(map(len, examples)) - 2 * row.opening
        opening = tokenizer.decode(row.ids[0, : row.opening].tolist(), skip_special_tokens=False)
        assert opening == f"{prompts.INTRODUCTION}\n\n{prompts.INSTRUCTION_MARKER}"

    def test_has_the_losses_of_a_record_that_opens_otherwise(self, model, examples):
        other = replace(examples[1], ids=examples[1].ids[::-1].copy())
        row = [examples[0], other, examples[2]]
        assert row_of(row).opening == 0
        packed = token_losses(model, row_of(row))
        alone = torch.cat([token_losses(model, row_of([example])) for example in row])
        assert torch.allclose(packed, alone, rtol=0, atol=1e-12)

    def test_bears_loss_on_the_response_and_the_end_marker_only(self, tokenizer, examples):
        row = row_of(examples[:1])
        assert tokenizer.decode(row.targets.tolist(), skip_special_tokens=False) == "Paris.\n\n### End"


def test_the_same_texts_give_the_same_tokenizer(tokenizer):
    again = tokenizers.train([text for record in RECORDS for text in record.texts], vocab_size=300)
    assert again.to_str() == tokenizer.to_str()


@pytest.fixture(scope="module")
def step_of_dollys():
    """A step of a dozen of Dolly's own records, in rows, and a model for them in 64 bits."""
    if not dolly.IS_HERE:
        pytest.skip("the real dolly-15k is not here")
    records = read(dolly.RECORDS).records[::25]
    tokenizer = tokenizers.train([text for r in records[:200] for text in r.texts], vocab_size=1024)
    examples = [example for example in Encoder(tokenizer).examples(records) if len(example) < 2048]
    rows = next(batches([len(e) for e in examples], batch_records=12, capacity=2048, seed=42))
    model = models.fresh(Shape(2, 64, 4, 256, 1024), tokenizer=tokenizer, seed=1).double()
    return model, examples, rows


@pytest.mark.slow
class TestAStepOfDollysRecords:
    def test_has_the_losses_of_its_records_one_by_one(self, step_of_dollys):
        model, examples, rows = step_of_dollys
        assert max(map(len, rows)) > 2
        with torch.no_grad():
            packed = torch.cat(
                [token_losses(model, row_of([examples[item] for item in row])) for row in rows]
            )
            alone = torch.cat([token_losses(model, row_of([examples[item]])) for row in rows for item in row])
        assert (packed - alone).abs().max() <= 1e-10

    def test_has_the_gradients_of_its_records_one_by_one(self, step_of_dollys):
        model, examples, rows = step_of_dollys
        packed = gradients(model, examples, rows)
        alone = gradients(model, examples, [[item] for row in rows for item in row])
        assert packed.keys() == alone.keys() == dict(model.named_parameters()).keys()
        worst = max(
            float((packed[name] - alone[name]).norm() / alone[name].norm().clamp_min(1e-12)) for name in alone
        )
        assert worst <= 1e-6

    def test_leaks_nothing_between_its_records(self, step_of_dollys):
        """Each record of a row is changed in turn: its own losses change, and no bit of another's."""
        model, examples, rows = step_of_dollys
        row = max(rows, key=len)
        packed = [examples[item] for item in row]
        before = losses_by_record(model, packed)
        for place, example in enumerate(packed):
            changed = [*packed[:place], turned_after_opening(example), *packed[place + 1 :]]
            after = losses_by_record(model, changed)
            same = [torch.equal(a, b) for a, b in zip(before, after, strict=True)]
            assert same == [other != place for other in range(len(row))]


class TestRowsOfAnyLengths:
    @settings(deadline=None, max_examples=10)
    @given(
        st.lists(st.tuples(st.integers(1, 20), st.integers(1, 20)), min_size=1, max_size=8),
        st.integers(0, 9),
        st.integers(0, 99),
    )
    def test_have_the_losses_of_their_records_one_by_one(self, model, sizes, opening, seed):
        chance = np.random.default_rng(seed)
        opens = chance.integers(0, 64, opening, dtype=np.int32)
        some = [
            Example(
                Record(1, "?", "."),
                np.concatenate([opens, chance.integers(0, 64, prompt + answer, dtype=np.int32)]),
                opening + prompt,
                opening,
            )
            for prompt, answer in sizes
        ]
        with torch.no_grad():
            packed = losses_by_record(model, some)
            alone = [token_losses(model, row_of([example])) for example in some]
        assert row_of(some).opening == (opening if len(some) > 1 else 0)
        assert [len(part) for part in packed] == [answer for _, answer in sizes]
        assert all((a - b).abs().max() <= 1e-10 for a, b in zip(packed, alone, strict=True))


class TestAPaddedVocabulary:
    """Dolly's resize shrinks pythia-12b's 50,688 rows to 50,280, which makes its output head slower."""

    def test_stays_as_the_base_has_it(self, tokenizer, tmp_path):
        assert self.loaded_with(tokenizer, rows=512, folder=tmp_path).config.vocab_size == 512

    def test_grows_to_whole_rows_where_a_marker_has_none(self, tokenizer, tmp_path):
        short = tokenizer.get_vocab_size() - len(prompts.MARKERS)
        grown = self.loaded_with(tokenizer, rows=short, folder=tmp_path).config.vocab_size
        assert grown % 64 == 0
        assert grown >= tokenizer.get_vocab_size()

    def loaded_with(self, tokenizer, *, rows, folder):
        config = GPTNeoXConfig(
            vocab_size=rows, hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=32
        )
        GPTNeoXForCausalLM(config).save_pretrained(folder)
        tokenizer.save(str(folder / "tokenizer.json"))
        return models.load(folder, tokenizer=tokenizer, attention_name=attention.NAME)


def gradients(model, examples, rows):
    model.zero_grad()
    add_gradients(model, examples, rows)
    return {name: parameter.grad.clone() for name, parameter in model.named_parameters()}


@torch.no_grad()
def losses_by_record(model, examples):
    return token_losses(model, row_of(examples)).split([example.answer_tokens for example in examples])


class TestTheHead:
    """Its loss is torch's own, and so are its gradients, in one part or several."""

    @pytest.mark.parametrize("bytes_at_once", [10**9, 4 * 50 * 7])
    @pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float64, 1e-12), (torch.float32, 1e-6)])
    def test_is_cross_entropy(self, dtype, tolerance, bytes_at_once, monkeypatch):
        monkeypatch.setattr(loss, "LOGIT_BYTES", bytes_at_once)
        chance = torch.Generator().manual_seed(1)
        head = torch.nn.Linear(8, 50, bias=False, dtype=dtype)
        hidden = torch.randn(40, 8, generator=chance, dtype=dtype, requires_grad=True)
        targets = torch.randint(0, 50, (40,), generator=chance)
        counts = torch.rand(40, generator=chance, dtype=dtype)
        found = loss.head_losses(head, hidden, targets)
        expected = torch.nn.functional.cross_entropy(head(hidden), targets, reduction="none")
        assert torch.allclose(found, expected, rtol=tolerance, atol=tolerance)
        wanted = torch.autograd.grad(expected @ counts, [hidden, head.weight])
        for ours, theirs in zip(
            torch.autograd.grad(found @ counts, [hidden, head.weight]), wanted, strict=True
        ):
            assert torch.allclose(ours, theirs, rtol=tolerance, atol=tolerance)
