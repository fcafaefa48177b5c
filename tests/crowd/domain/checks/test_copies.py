"""Responses that repeat what they were given, whole or in part."""

import pytest

from tests.support.pairs import CONTEXT, INSTRUCTION, findings, places

LONG = "Describe in three sentences why the sky is blue by day and red at dusk."


class TestWholeCopies:
    @pytest.mark.parametrize("response", [INSTRUCTION, f" {INSTRUCTION}\n"])
    def test_the_instruction_again(self, response):
        found = findings(response=response)
        assert places(found) == [("copy.instruction", "warning", "response", 0, len(response))]

    def test_the_passage_again_whatever_its_line_ends_and_accents(self):
        passage, copy = "Caf\u00e9s by\nthe sea are open.", "Cafe\u0301s by\r\nthe sea are open.\n"
        found = findings("closed_qa", context=passage, response=copy, only="copy")
        assert places(found) == [("copy.context", "warning", "response", 0, len(copy))]

    def test_two_empty_texts_are_no_copies(self):
        assert findings("general_qa", response="", only="copy") == []


class TestParts:
    def test_the_instruction_within_the_response(self):
        found = findings(instruction=LONG, response=f"{LONG}\nThe air scatters blue light.")
        assert places(found) == [("copy.instruction", "warning", "response", 0, len(LONG))]

    def test_the_whole_passage_within_the_response(self):
        found = findings("closed_qa", context=f"{CONTEXT}\n", response=f"Yes. {CONTEXT} That is all.")
        assert places(found) == [("copy.context", "warning", "response", 5, 5 + len(CONTEXT))]

    def test_a_short_question_may_stand_in_its_answer(self):
        assert findings(instruction="What is steam?", response="What is steam? It is water as a gas.") == []

    def test_a_quotation_from_the_passage_is_what_is_asked_for(self):
        quotation = CONTEXT.split(".")[0]
        assert findings("information_extraction", context=CONTEXT, response=quotation) == []
