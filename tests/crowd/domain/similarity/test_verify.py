"""What two records are to each other: copies, near-duplicates, look-alikes, and what a text's words are."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crowd.domain.similarity import Record, verifier, verify
from crowd.domain.similarity.words import folded, words

TEXT = "The kettle sings because steam rushes through its narrow spout and shakes the air in a steady tone that we hear."
OTHER = "A whistle needs a narrow gap, a steady flow and a little room in which the moving air can swing to and fro."


def ask(instruction, response=TEXT, context=""):
    return Record(instruction, context, response)


def matches(a, b):
    return [(match.kind, match.on, match.score) for match in verify(a, b)]


class TestExactCopies:
    def test_same_three_texts_after_outer_white_space_and_composition(self):
        a, b = (
            ask("Why caf\u00e9?", context="Steam."),
            ask(" Why cafe\u0301?\n", context="Steam. ", response=TEXT + "\r\n"),
        )
        assert matches(a, b) == [
            ("exact", "text", 1.0),
            ("near", "instruction", 1.0),
            ("similar", "passage", 1.0),
        ]

    def test_category_does_not_count(self):
        assert (
            verify(Record("Why so?", "", TEXT, "open_qa"), Record("Why so?", "", TEXT, "general_qa"))[0].kind
            == "exact"
        )

    def test_another_passage_makes_it_near(self):
        assert matches(ask("Why?", context="Steam."), ask("Why?", context="Air.")) == [
            ("near", "text", 1.0),
            ("near", "instruction", 1.0),
        ]


class TestText:
    def test_case_and_punctuation_make_it_near_and_say_so(self):
        match = verify(ask("Why does it sing?"), ask("WHY does it sing", TEXT.lower()))[0]
        assert (match.kind, match.score) == ("near", 1.0)
        assert match.why == "the same instruction and response after case and punctuation"

    def test_one_changed_word_in_a_long_text_is_near_with_its_share(self):
        match = verify(
            ask("Why does it sing?"), ask("Why does it sing?", TEXT.replace("steady", "constant"))
        )[0]
        assert (match.kind, match.on, match.score) == ("near", "text", 0.7692)
        assert match.why == "77% of all runs of three words are in both"

    def test_half_of_a_text_is_similar(self):
        changed = TEXT.replace("narrow", "thin").replace("steady", "even")
        assert matches(ask("Why?"), ask("Why?", changed))[0] == ("similar", "text", 0.5385)

    def test_other_texts_have_nothing_in_common(self):
        assert matches(ask("Why does it sing?"), ask("How do whistles work?", OTHER)) == []


class TestWords:
    @pytest.mark.parametrize(
        ("text", "seen"),
        [
            ("It's a B-flat.", ["it", "s", "a", "b", "flat"]),
            ("naïve “Café”", ["naïve", "café"]),
            ("ｗｉｄｅ \ufb01sh", ["wide", "fish"]),
            ("in\u200bvisible", ["invisible"]),
            ("水は cold", ["水", "は", "cold"]),
            ("हिन्दी भाषा", ["हिन्दी", "भाषा"]),
            ("?! …", ["?!", "..."]),
            ("", []),
        ],
    )
    def test_text_as_words(self, text, seen):
        assert words(folded(text)) == seen


class TestAnyText:
    @given(st.text(), st.text(), st.text())
    def test_is_its_own_copy(self, instruction, context, response):
        record = Record(instruction, context, response)
        assert verify(record, record)[0].kind == "exact"

    @given(st.text(), st.text())
    def test_is_compared_alike_both_ways(self, one, other):
        assert matches(ask(one, other), ask(other, one)) == matches(ask(other, one), ask(one, other))


class TestVerifier:
    @given(
        st.lists(
            st.sampled_from(["Why so?", "why so", "How?", TEXT, TEXT.upper(), ""]), min_size=2, max_size=12
        )
    )
    def test_remembers_records_and_answers_the_same(self, texts):
        records = [Record(text, "", f"{text} {TEXT}") for text in texts]
        remembering = verifier(room=2)
        pairs = list(pairwise(records))
        assert [remembering(a, b) for a, b in pairs] == [verify(a, b) for a, b in pairs]
