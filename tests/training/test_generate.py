"""Answers of a base, which was never taught the markers as tokens."""

from types import SimpleNamespace

import pytest
import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import GPTNeoXConfig, GPTNeoXForCausalLM

from training import prompts
from training.generate import Answer, Sampling, Tuned
from training.tokenizer import knows_markers

SHAPE = {
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "max_position_embeddings": 512,
}


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    """A random GPT-NeoX with a tokenizer of its own, as a hub has them."""
    folder = tmp_path_factory.mktemp("base")
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


class TestABase:
    def test_is_asked_in_plain_text(self, base):
        tokenizer, model = (
            Tokenizer.from_file(str(base / "tokenizer.json")),
            GPTNeoXForCausalLM.from_pretrained(base),
        )
        asked = torch.tensor([tokenizer.encode(prompts.question_text("Why?", context="So.")).ids])
        answer = Tuned(base).answer("Why?", context="So.", sampling=Sampling(max_new_tokens=12))
        told = "".join(answer)
        logits_to_tokens = [model(asked).logits[0, -1][: tokenizer.get_vocab_size()].argmax()]
        for _ in range(11):
            asked = torch.cat([asked, logits_to_tokens[-1].reshape(1, 1)], dim=1)
            logits_to_tokens.append(model(asked).logits[0, -1][: tokenizer.get_vocab_size()].argmax())
        assert told == tokenizer.decode([int(token) for token in logits_to_tokens])

    def test_is_told_from_a_tuned_model(self, base, tuned):
        assert (knows_markers(base), knows_markers(tuned / "model")) == (False, True)


class Says:
    """A model that says one thing, a character a token, whatever it is asked."""

    config = GPTNeoXConfig(vocab_size=8, **SHAPE)
    device = torch.device("cpu")

    def __init__(self, text: str) -> None:
        self.text = iter(text)

    def __call__(self, **_asked) -> SimpleNamespace:
        logits = torch.zeros(1, 1, 128)
        logits[0, 0, ord(next(self.text))] = 1.0
        return SimpleNamespace(logits=logits)


def answer(text: str) -> Answer:
    pieces = [bytes([code]) for code in range(128)]
    sampling = Sampling(max_new_tokens=len(text))
    return Answer(Says(text), pieces, [1], stops={0}, ends=prompts.MARKERS, sampling=sampling)


class TestWhatABaseWrites:
    @pytest.mark.parametrize(
        ("text", "told", "stopped"),
        [
            ("Eight.\n\n### End and so on", "Eight.", "end"),
            ("Eight.\n\n### Instruction:\nAnd why?", "Eight.", "end"),
            ("### End", "", "end"),
            ("Eight. ### Ends? No: #### or ### Enough.", "Eight. ", "end"),
            ("# One\n## Two\n### Entry", "# One\n## Two\n### Entry", "length"),
            ("So it is ###", "So it is ###", "length"),
            ("Eight.\n\n", "Eight.\n\n", "length"),
        ],
    )
    def test_ends_where_it_spells_a_marker(self, text, told, stopped):
        found = answer(text)
        pieces = list(found)
        assert ("".join(pieces), found.stopped) == (told, stopped)
        assert "" not in pieces
