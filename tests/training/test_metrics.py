import string

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rouge_score.rouge_scorer import RougeScorer

from training.metrics import exact_match, normalised, rouge_l, token_f1

ASCII = st.lists(st.sampled_from([*string.printable, "word "]), max_size=60).map("".join)
TEXT = st.text(alphabet="the a cat an.,-'7\n", max_size=40)


class TestANormalisedAnswer:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("The  Cat.", "cat"),
            ("an apple, a day", "apple day"),
            ("Thea's", "theas"),
            ("Ölpreis!", "ölpreis"),
        ],
    )
    def test_has_no_case_punctuation_or_articles(self, text, expected):
        assert normalised(text) == expected

    @given(TEXT)
    def test_stays_what_it_is(self, text):
        assert normalised(normalised(text)) == normalised(text)


class TestAMatch:
    def test_looks_at_the_words_alone(self):
        assert exact_match("The Eiffel Tower.", "eiffel tower")
        assert not exact_match("Eiffel", "Eiffel Tower")


class TestTheF1OfWords:
    def test_counts_each_word_as_often_as_both_have_it(self):
        assert token_f1("red red blue", "red green") == pytest.approx(2 * 1 / 5)

    @pytest.mark.parametrize(("answer", "expected", "score"), [("", "", 1), ("the", "a", 1), ("", "cat", 0)])
    def test_of_no_words_is_whether_neither_has_any(self, answer, expected, score):
        assert token_f1(answer, expected) == score

    @given(TEXT, TEXT)
    def test_is_the_same_both_ways_and_one_for_a_match(self, one, other):
        assert token_f1(one, other) == token_f1(other, one)
        assert 0 <= token_f1(one, other) <= 1
        assert token_f1(one, one) == 1


class TestRougeL:
    def test_is_over_the_longest_common_run_of_words_with_gaps(self):
        # Lin, 2004, section 3.1: "police kill the gunman" shares "police the gunman" with the reference.
        assert rouge_l("police kill the gunman", "police killed the gunman") == pytest.approx(0.75)

    def test_knows_letters_beyond_a_to_z(self):
        assert rouge_l("Ärzte grüßen", "ärzte grüßen") == 1
        assert rouge_l("こんにちは", "さようなら") == 0

    @given(ASCII, ASCII)
    def test_is_the_librarys_own_on_ascii(self, answer, expected):
        own = RougeScorer(["rougeL"]).score(expected, answer)["rougeL"].fmeasure
        assert rouge_l(answer, expected) == pytest.approx(own)
