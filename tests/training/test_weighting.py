import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.config import SETTINGS, Choice
from training.weighting import token_weights

LOSS_WEIGHTING = SETTINGS["loss_weighting"]
assert isinstance(LOSS_WEIGHTING, Choice)
EVERY = pytest.mark.parametrize("weighting", LOSS_WEIGHTING.words)


@EVERY
@given(answers=st.lists(st.integers(1, 2_000), min_size=1, max_size=60))
def test_all_tokens_of_a_step_count_one_together(weighting, answers):
    weights = token_weights(answers, weighting=weighting)
    assert sum(weight * tokens for weight, tokens in zip(weights, answers, strict=True)) == pytest.approx(1)


@EVERY
@given(tokens=st.integers(1, 2_000), records=st.sampled_from([1, 8, 48]))
def test_records_of_one_length_count_the_same(weighting, tokens, records):
    assert token_weights([tokens] * records, weighting=weighting) == pytest.approx(
        [1 / records / tokens] * records
    )


def test_token_weighs_a_long_answer_more_than_a_short_one_and_record_does_not():
    assert token_weights([1, 3], weighting="token") == [1 / 4, 1 / 4]
    assert token_weights([1, 3], weighting="record") == [1 / 2, 1 / 6]


def test_dolly_has_a_mean_for_each_of_eight_groups():
    """Records 0 and 8 share one; the other seven groups have a record each."""
    assert token_weights([1, 2, 2, 2, 2, 2, 2, 2, 3], weighting="dolly") == [1 / 32, *[1 / 16] * 7, 1 / 32]
