"""What a record is proposed by: fixed within a scheme, and as likely to be shared as the law says."""

import numpy as np
import pytest
from hypothesis import given

from crowd.domain.similarity import Record, bands, reference
from crowd.domain.similarity.profiles import full_text_of, question_of
from crowd.domain.similarity.texts import gather, gather_phrases
from tests.support.texts import TEXTS

WORDS = np.array([f"word{number}" for number in range(5_000)])
STEAM = Record(
    "Why does it sing?", "Steam.", "The kettle sings because steam rushes through its narrow spout."
)


class TestBands:
    def test_are_the_same_for_ever_within_a_scheme(self):
        asked = reference.phrase_bands(gather_phrases(["why does it sing"]))
        assert sum(bands(Record("", "", STEAM.response))) == -33507578730370359921
        assert sum(asked[0].tolist()) == -15639858331475980851

    def test_are_signed_64_bit_and_at_most_51(self):
        made = bands(STEAM)
        assert len(set(made)) == 51
        assert all(-(2**63) <= band < 2**63 for band in made)

    def test_nothing_to_compare_has_no_bands(self):
        assert bands(Record("", "", "")) == []

    def test_equal_instructions_share_all_of_an_index(self):
        other = Record("why does it sing", "", "A whistle needs a narrow gap.")
        assert len(set(bands(STEAM)) & set(bands(other))) == 25

    def test_equal_texts_share_all_of_both(self):
        other = Record("why does it sing", "", STEAM.response.upper())
        assert len(set(bands(STEAM)) & set(bands(other))) == 50

    @pytest.mark.parametrize(("share", "least"), [(0.8, 0.99), (0.7, 0.97)])
    def test_alike_texts_share_a_band_as_often_as_the_law_says(self, share, least):
        rng = np.random.RandomState(1)
        kept, found = round(200 * 2 * share / (1 + share)), 0
        for _ in range(150):
            one, other = WORDS[rng.permutation(5_000)[:202]], WORDS[rng.permutation(5_000)[:202]]
            other[: kept + 2] = one[: kept + 2]
            found += bool(set(said(one)) & set(said(other)))
        assert found / 150 >= least

    def test_a_long_text_has_as_many(self):
        assert len(bands(Record("Why?", "", "a b c d e f g h " * 60_000))) == 50

    @given(TEXTS, TEXTS)
    def test_are_those_of_a_whole_file(self, instruction, response):
        record = Record(instruction, "", response)
        text, question = gather([record]), question_of(record.instruction)
        signed = reference.sign(text)
        expected = signed.bands[0].tolist() if signed.keys[0] else []
        if question is not None:
            expected += reference.phrase_bands(gather_phrases([question.core]))[0].tolist()
        assert bands(record) == expected
        shingles = full_text_of(record).shingles.tolist() if expected else []
        assert shingles == reference.text_sets(text).values.tolist()


def said(words):
    return bands(Record("", "", " ".join(words)))
