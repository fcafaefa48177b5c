"""How long a text may be, and which are worth a look because they are short."""

import pytest

from tests.support.pairs import CONTEXT, findings, places


class TestTooLong:
    @pytest.mark.parametrize(
        ("field", "limit"), [("instruction", 20_000), ("context", 50_000), ("response", 50_000)]
    )
    def test_a_text_at_the_limit_passes_and_one_more_is_an_error(self, field, limit):
        texts = {"category": "closed_qa", "context": CONTEXT, "only": "length"}
        assert findings(**texts | {field: "é" * limit}) == []
        too_long = findings(**texts | {field: "é" * limit + "\U0001f600"})
        assert places(too_long) == [("length.long", "error", field, limit, limit + 1)]

    def test_crlf_counts_as_one_character(self):
        assert findings(response="a\r\n" * 25_000) == []


class TestShort:
    def test_a_few_letters_are_worth_a_look(self):
        assert places(findings(instruction="Test", response="50")) == [
            ("length.short", "info", "instruction", 0, 4),
            ("length.short", "info", "response", 0, 2),
        ]

    @pytest.mark.parametrize(
        ("category", "response", "is_short"),
        [
            ("open_qa", "Paris.", False),
            ("classification", "Guitar: string", False),
            ("brainstorming", "Money plant.", True),
            ("brainstorming", "Tulips, roses, ivy, basil and mint", False),
            ("creative_writing", "A cat sat there.", True),
            ("creative_writing", "I sit on the shore\nobserving the waves crashing\nover and over", False),
        ],
    )
    def test_some_categories_need_more_than_a_fact(self, category, response, is_short):
        found = findings(category, response=response, only="length.short")
        assert places(found) == [("length.short", "info", "response", 0, len(response))] * is_short

    @pytest.mark.parametrize("response", ["N/A", "idk..", "I don't know.", "See above", "Asdf"])
    def test_what_is_said_in_place_of_an_answer_is_none(self, response):
        assert [f.rule for f in findings(response=response)] == ["length.short"]

    def test_nothing_at_all_is_missing_rather_than_short(self):
        assert findings(response="", only="length") == []


class TestSummaries:
    def test_one_longer_than_its_passage_is_worth_a_look(self):
        longer = CONTEXT + " And so on."
        found = findings("summarization", context=CONTEXT, response=longer, only="length")
        assert places(found) == [("length.summary", "info", "response", 0, len(longer))]

    @pytest.mark.parametrize("category", ["closed_qa", "information_extraction"])
    def test_other_categories_may_say_more_than_the_passage(self, category):
        assert findings(category, context=CONTEXT, response=CONTEXT + " And so on.", only="length") == []

    def test_a_copy_is_a_copy_and_not_a_long_summary(self):
        found = findings("summarization", context=CONTEXT, response=CONTEXT)
        assert [f.rule for f in found] == ["copy.context"]
