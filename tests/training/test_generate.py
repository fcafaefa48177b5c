"""Answers of a base, which was never taught the markers as tokens."""

from types import SimpleNamespace

import pytest
import torch
from tokenizers import Tokenizer
from transformers import GPTNeoXConfig, GPTNeoXForCausalLM

from tests.training.conftest import SHAPE
from training import prompts
from training.generate import Answer, Sampling, Tuned
from training.tokenizer import knows_markers


class TestABase:
    def test_is_asked_in_plain_text(self, untaught):
        tokenizer, model = (
            Tokenizer.from_file(str(untaught / "tokenizer.json")),
            GPTNeoXForCausalLM.from_pretrained(untaught),
        )
        asked = torch.tensor([tokenizer.encode(prompts.question_text("Why?", context="So.")).ids])
        answer = Tuned(untaught).answer("Why?", context="So.", sampling=Sampling(max_new_tokens=12))
        told = "".join(answer)
        logits_to_tokens = [model(asked).logits[0, -1][: tokenizer.get_vocab_size()].argmax()]
        for _ in range(11):
            asked = torch.cat([asked, logits_to_tokens[-1].reshape(1, 1)], dim=1)
            logits_to_tokens.append(model(asked).logits[0, -1][: tokenizer.get_vocab_size()].argmax())
        assert told == tokenizer.decode([int(token) for token in logits_to_tokens])

    def test_is_told_from_a_tuned_model(self, untaught, tuned):
        assert (knows_markers(untaught), knows_markers(tuned / "model")) == (False, True)


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
