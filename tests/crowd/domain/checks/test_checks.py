"""Each check: what it finds, where, how severely, and what it must leave alone."""

import pytest

from crowd.domain.categories import DOLLY_RULES
from crowd.domain.checks import CHECKS, FAILED, MAX_PER_FIELD, Finding, Pair, check, errors_in
from crowd.domain.record_blocks import read_records
from tests.support.pairs import CONTEXT, DOLLY, findings, places


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


class TestMarkers:
    @pytest.mark.parametrize("marker", ["### Instruction:", "### Response:", "### End", "<|endoftext|>"])
    def test_what_the_prompt_reserves_is_an_error(self, marker):
        assert places(findings(response=f"So: {marker}", only="prompt")) == [
            ("prompt.marker", "error", "response", 4, 4 + len(marker))
        ]

    def test_citation_markers_in_a_sent_text_are_warnings(self):
        found = findings("closed_qa", context="The sky.[1] Blue[citation needed] [skaɪ].")
        assert places(found) == [
            ("citation.marker", "warning", "context", 8, 11),
            ("citation.marker", "warning", "context", 16, 33),
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
        # 19 of the 20 rows with zero-width characters (in row 7454 they join Arabic letters), and a direction mark
        # between Latin words.
        assert len(self.lines(dolly_findings, "text.invisible")) == 20
        assert len(self.lines(dolly_findings, "text.mojibake")) == 4

    def test_russian_words_with_latin_letters_are_found(self, dolly_findings):
        assert self.lines(dolly_findings, "text.confusable") == {4148, 6005}

    def test_the_texts_in_french_and_dutch_are_found(self, dolly_findings):
        assert self.lines(dolly_findings, "language") == {4334, 6114, 6937, 7262}

    def test_no_check_fails_on_a_real_record(self, dolly_findings):
        assert self.lines(dolly_findings, FAILED) == set()

    def test_citation_markers_that_the_fix_left_are_found(self, dolly_findings):
        needed = {
            n
            for n, f in dolly_findings
            if f.rule == "citation.marker" and f.field == "context" and f.end - f.start == 17
        }
        assert len(needed) == 91
