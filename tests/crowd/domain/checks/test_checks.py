"""Each check: what it finds, where, how severely, and what it must leave alone."""

import pytest

from crowd.domain.categories import DOLLY_RULES
from crowd.domain.checks import CHECKS, MAX_PER_FIELD, Finding, Pair, check, errors_in
from crowd.domain.records import read_records
from tests.support.pairs import CONTEXT, DOLLY, INSTRUCTION, findings, places


class TestGoodPairs:
    def test_open_question_has_no_findings(self):
        assert findings() == []

    def test_passage_category_with_its_passage_has_none(self):
        assert findings("closed_qa", context=CONTEXT) == []

    @pytest.mark.parametrize("context", ["", CONTEXT])
    def test_optional_passage_may_be_there_or_not(self, context):
        assert findings("general_qa", context=context) == []


class TestContract:
    @pytest.mark.parametrize("empty", ["", " \n\t", "\u200b\u00a0"])
    def test_empty_texts_are_errors(self, empty):
        assert places(findings(instruction=empty, response=empty)) == [
            ("field.missing", "error", "instruction", 0, len(empty)),
            ("field.missing", "error", "response", 0, len(empty)),
            *[
                ("text.invisible", "warning", field, 0, 1)
                for field in ("instruction", "response")
                if "\u200b" in empty
            ],
        ]

    @pytest.mark.parametrize("category", ["closed_qa", "information_extraction", "summarization"])
    def test_a_missing_passage_is_an_error_that_says_what_to_do(self, category):
        message = "This category works on a passage: choose one, or paste it with its page address."
        assert findings(category) == [Finding("field.missing", "error", "context", 0, 0, message)]

    @pytest.mark.parametrize("category", ["open_qa", "brainstorming", "classification", "creative_writing"])
    def test_a_forbidden_passage_is_an_error(self, category):
        assert places(findings(category, context="Abc")) == [("field.forbidden", "error", "context", 0, 3)]

    def test_white_space_is_no_passage(self):
        assert findings(context=" \n") == []


class TestLengths:
    @pytest.mark.parametrize(
        ("field", "limit"), [("instruction", 20_000), ("context", 50_000), ("response", 50_000)]
    )
    def test_a_text_at_the_limit_passes_and_one_more_is_an_error(self, field, limit):
        texts = {"category": "closed_qa", "context": CONTEXT}
        assert findings(**texts | {field: "é" * limit}) == []
        too_long = findings(**texts | {field: "é" * limit + "\U0001f600"})
        assert places(too_long) == [("length.long", "error", field, limit, limit + 1)]

    def test_crlf_counts_as_one_character(self):
        assert findings(response="a\r\n" * 25_000) == []

    def test_short_texts_are_worth_a_look(self):
        assert places(findings(instruction="Test", response="50")) == [
            ("length.short", "info", "instruction", 0, 4),
            ("length.short", "info", "response", 0, 2),
        ]


class TestMalformed:
    def test_controls_and_half_characters_are_errors_with_their_place(self):
        found = findings(instruction="Why \x00\x07is it so?", response="It \ud83d is so.")
        assert places(found) == [
            ("text.malformed", "error", "instruction", 4, 6),
            ("text.malformed", "error", "response", 3, 4),
        ]
        assert "U+0000, U+0007" in found[0].message

    def test_tabs_and_line_ends_are_fine(self):
        assert findings(response="a\tlong\r\nlist\nhere") == []

    @pytest.mark.parametrize("marker", ["### Instruction:", "### Response:", "### End", "<|endoftext|>"])
    def test_reserved_markers_are_errors_of_their_own(self, marker):
        assert places(findings(response=f"So: {marker}")) == [
            ("prompt.marker", "error", "response", 4, 4 + len(marker))
        ]


class TestCopies:
    def test_response_that_repeats_the_instruction(self):
        assert places(findings(response=f" {INSTRUCTION}\n")) == [
            ("copy.instruction", "warning", "response", 0, 22)
        ]

    def test_response_that_is_the_passage(self):
        found = findings("summarization", context=CONTEXT, response=CONTEXT + "\r\n")
        assert places(found) == [("copy.context", "warning", "response", 0, len(CONTEXT) + 2)]

    def test_two_empty_texts_are_no_copies(self):
        assert "copy.context" not in {f.rule for f in findings("general_qa", response="")}


class TestMarkersAndCharacters:
    def test_citation_markers_in_a_sent_text_are_warnings(self):
        found = findings("closed_qa", context="The sky.[1] Blue[citation needed] [skaɪ].")
        assert places(found) == [
            ("citation.marker", "warning", "context", 8, 11),
            ("citation.marker", "warning", "context", 16, 33),
        ]

    def test_invisible_characters(self):
        assert places(findings(response="It is\u200b\u2060 so.")) == [
            ("text.invisible", "warning", "response", 5, 7)
        ]

    @pytest.mark.parametrize(
        "text", ["می\u200cخواهم چای", "a \U0001f468\u200d\U0001f469\u200d\U0001f467 family"]
    )
    def test_joiners_at_work_are_fine(self, text):
        assert findings(response=text) == []

    def test_garbled_characters(self):
        assert places(findings(response="caf\u00c3\u00a9 \ufffd\ufffd")) == [
            ("text.mojibake", "warning", "response", 3, 5),
            ("text.mojibake", "warning", "response", 6, 8),
        ]


class TestTheWhole:
    def test_errors_alone_refuse(self):
        assert errors_in(findings(instruction=""))
        assert not errors_in(findings(instruction="Test", response="Test"))

    def test_rules_are_unique_and_each_has_a_version(self):
        assert len({rule.rule for rule in CHECKS}) == len(CHECKS)
        assert {rule.version >= 1 for rule in CHECKS} == {True}

    def test_one_rule_says_a_bounded_number_of_things(self):
        assert len(findings(response="\x00a" * 1000)) == MAX_PER_FIELD

    @pytest.mark.parametrize(
        "hostile",
        [
            "[" * 40_000,
            "[a" * 20_000,
            "a\u200d" * 20_000,
            "### " * 10_000,
            "\u0301\u0316" * 20_000,
            "[a a a a " * 4_000,
        ],
    )
    def test_hostile_texts_have_an_answer(self, hostile):
        assert not errors_in(findings("closed_qa", context=hostile, response="x" + hostile))


@pytest.fixture(scope="module")
def dolly_findings():
    with DOLLY.open("rb") as file:
        return [
            (number, finding)
            for number, record in read_records(file)
            for finding in check(
                Pair(record.category, record.instruction, record.context, record.response),
                DOLLY_RULES[record.category],
            )
        ]


@pytest.mark.skipif(not DOLLY.exists(), reason="the real databricks-dolly-15k is not here")
class TestDolly15k:
    def lines(self, dolly_findings, rule):
        return {number for number, finding in dolly_findings if finding.rule == rule}

    def test_no_real_record_errors_in(self, dolly_findings):
        assert [number for number, finding in dolly_findings if finding.severity == "error"] == []

    def test_every_response_that_is_its_passage_is_found(self, dolly_findings):
        whole = {
            n
            for n, f in dolly_findings
            if f.rule == "copy.context" and f.message.startswith("The response is")
        }
        assert len(whole) == 16

    def test_the_answer_of_an_assistant_is_found(self, dolly_findings):
        assert 1707 in self.lines(dolly_findings, "boilerplate")

    def test_invisible_and_lost_characters_are_found(self, dolly_findings):
        # 19 of the 20 rows with zero-width characters (in row 7454 they join Arabic letters), 3 with a direction mark.
        assert len(self.lines(dolly_findings, "text.invisible")) == 22
        assert len(self.lines(dolly_findings, "text.mojibake")) == 4

    def test_citation_markers_that_the_fix_left_are_found(self, dolly_findings):
        needed = {
            n
            for n, f in dolly_findings
            if f.rule == "citation.marker" and f.field == "context" and f.end - f.start == 17
        }
        assert len(needed) == 91
