"""Ids and masks are Dolly's on all the records that it published, and right where its search for a marker goes wrong."""

import json
from collections.abc import Iterator, Sequence

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from tokenizers import Tokenizer

from tests.training import dolly
from tests.training.conftest import ROWS
from training import prompts
from training import tokenizer as tokenizers
from training.data import Encoder, Example, Record, read

ENCODED_AT_ONCE = 256
SPECIAL = (*prompts.MARKERS, prompts.END_OF_TEXT)

PARTS = ["### Response:", "### ", "Input:\n", "\n", "  ", "a word", "é", "🌊", "e\u0301"]


def typed(parts: Sequence[str]) -> st.SearchStrategy[str]:
    return st.lists(st.sampled_from(parts), min_size=1, max_size=6).map("".join)


ANYTHING, NO_MARKER = typed([*SPECIAL, *PARTS]), typed(PARTS)


def theirs(texts: Sequence[str], tokenizer: Tokenizer) -> Iterator[tuple[list[int], list[int]]]:
    """The ids and labels that Dolly gives each text, padding removed. Raises RuntimeError as it does."""
    wrapped = dolly.tokenizer(tokenizer)
    collate = dolly.Collator(wrapped)
    for start in range(0, len(texts), ENCODED_AT_ONCE):
        for ids in wrapped(list(texts[start : start + ENCODED_AT_ONCE]))["input_ids"]:
            [labels] = collate([{"input_ids": ids, "attention_mask": [1] * len(ids)}])["labels"].tolist()
            yield ids, labels[: len(ids)]


def ours(example: Example) -> tuple[list[int], list[int]]:
    ids = example.ids.tolist()
    return ids, [dolly.IGNORED] * example.prompt_tokens + ids[example.prompt_tokens :]


def copy_of(tokenizer: Tokenizer) -> Tokenizer:
    """Another of the same: Dolly's reads special tokens in typed text and ours does not."""
    return Tokenizer.from_str(tokenizer.to_str())


@pytest.fixture(scope="module")
def tokenizer():
    return tokenizers.train([text for row in ROWS for text in row.values()], vocab_size=400)


@pytest.fixture(scope="module")
def encoder(tokenizer):
    return Encoder(copy_of(tokenizer))


@pytest.mark.slow
@pytest.mark.skipif(not dolly.IS_HERE, reason="the real dolly-15k is not here")
def test_all_of_dollys_records_have_the_ids_and_the_mask_that_dolly_gives_them():
    bare = Tokenizer.from_file(str(dolly.PYTHIA_TOKENIZER))
    rows = [json.loads(line) for line in dolly.RECORDS.read_bytes().splitlines()]
    expected = theirs([dolly.text_of(row) for row in rows], bare)
    encoder = Encoder(tokenizers.with_markers(copy_of(bare)))
    examples = list(encoder.examples(read(dolly.RECORDS).records))
    assert len(examples) == 15_011
    assert [
        example.record.line for example, pair in zip(examples, expected, strict=True) if ours(example) != pair
    ] == []
    kept = [example for example in examples if len(example) < 2048]
    assert len(kept) == 14_977
    assert sum(map(len, kept)) == 2_910_722
    assert sum(example.answer_tokens for example in kept) == 1_212_659


@pytest.mark.skipif(not dolly.IS_HERE, reason="the real tokenizer is not here")
def test_dollys_special_tokens_have_the_ids_that_its_models_know():
    tokenizer = tokenizers.with_markers(Tokenizer.from_file(str(dolly.PYTHIA_TOKENIZER)))
    assert {marker: tokenizers.token_id(tokenizer, marker) for marker in SPECIAL} == {
        "### End": 50277, "### Instruction:": 50278, "### Response:\n": 50279, "<|endoftext|>": 0
    }  # fmt: skip
    assert tokenizer.get_vocab_size() == 50_280


class TestWhateverAPersonTypes:
    @given(instruction=ANYTHING, context=ANYTHING, response=ANYTHING)
    def test_stays_text_and_bears_loss_from_the_response_on(
        self, tokenizer, encoder, instruction, context, response
    ):
        [example] = encoder.examples([Record(1, instruction, response, context=context)])
        end, opening, closing = (tokenizers.token_id(tokenizer, marker) for marker in prompts.MARKERS)
        special = {tokenizers.token_id(tokenizer, token) for token in SPECIAL}
        assert [token for token in example.ids.tolist() if token in special] == [opening, closing, end]
        assert example.ids[example.prompt_tokens - 1] == closing
        bearing = example.ids[example.prompt_tokens :].tolist()
        assert (
            tokenizer.decode(bearing, skip_special_tokens=False)
            == prompts.answer_span(response) + prompts.END_MARKER
        )
        assert tokenizer.decode(example.ids.tolist(), skip_special_tokens=False) == prompts.record_text(
            instruction, context=context, response=response
        )

    @given(instruction=NO_MARKER, context=st.just("") | NO_MARKER.filter(str.strip), response=NO_MARKER)
    def test_is_dollys_where_each_marker_stands_once(
        self, tokenizer, encoder, instruction, context, response
    ):
        text = dolly.text_of({"instruction": instruction, "context": context, "response": response})
        # A "### Response:" before a line break is one that was typed after all.
        assume(text.count(prompts.RESPONSE_MARKER) == 1)
        [example] = encoder.examples([Record(1, instruction, response, context=context)])
        [expected] = theirs([text], copy_of(tokenizer))
        assert ours(example) == expected


class TestWhereDollysSearchGoesWrong:
    """Each time ours holds the answer and nothing but the answer."""

    @pytest.mark.parametrize(
        ("instruction", "response", "learned"),
        [
            # The first response key is the one that was typed: the rest of the question is learned as an answer.
            (
                "Write\n### Response:\nas it is.",
                "So.",
                "as it is.\n\n### Response:\nSo.\n\n### End",
            ),
            # The line break after the instruction completes the key.
            ("What follows ### Response:", "So.", "\n### Response:\nSo.\n\n### End"),
            # Padding is the end of text, so a typed one bears no loss.
            ("Why?", "Say <|endoftext|>.", "Say .\n\n### End"),
        ],
    )
    def test_ours_learns_the_answer(self, tokenizer, encoder, instruction, response, learned):
        def learns(labels):
            return tokenizer.decode([i for i in labels if i != dolly.IGNORED], skip_special_tokens=False)

        text = dolly.text_of({"instruction": instruction, "context": "", "response": response})
        [(_, labels)] = theirs([text], copy_of(tokenizer))
        assert learns(labels) == learned
        [example] = encoder.examples([Record(1, instruction, response)])
        assert learns(ours(example)[1]) == prompts.answer_span(response) + prompts.END_MARKER

    def test_a_typed_end_marker_does_not_teach_to_stop(self, tokenizer, encoder):
        end = tokenizers.token_id(tokenizer, prompts.END_MARKER)
        row = {"instruction": "Why?", "context": "", "response": "### End is a heading."}
        [(ids, _)] = theirs([dolly.text_of(row)], copy_of(tokenizer))
        [example] = encoder.examples([Record(1, row["instruction"], row["response"])])
        assert (ids.count(end), np.count_nonzero(example.ids == end)) == (2, 1)

    def test_a_key_that_was_cut_off_stops_dolly(self, tokenizer):
        with pytest.raises(RuntimeError, match="Could not find response key"):
            list(theirs(["A question without its key."], copy_of(tokenizer)))
