import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crowd.domain.records import Record
from exports.domain.formats import FORMATS, json_line
from tests.support.live import ROOT
from training.prompts import record_text

ASKED = Record("Name a swift.", "", "Apus apus.", "open_qa")
ABOUT = Record("Who screams?", "Swifts scream at dusk.", "Swifts.", "closed_qa")
RECORDS = st.builds(Record, st.text(), st.text(), st.text(), st.sampled_from(["open_qa", "closed_qa"]))


def row(name, record):
    return FORMATS[name].row(record)


class TestTheDocument:
    @pytest.mark.parametrize("name", FORMATS)
    def test_shows_a_line_of_each(self, name):
        document = (ROOT / "docs/data-format.md").read_text(encoding="utf-8")
        after = document.partition(f"\n`{name}`")[2].partition("```json\n")[2]
        assert after.startswith(json_line(row(name, ABOUT)).decode())


class TestShapes:
    def test_parquet_has_dollys_columns(self):
        assert row("parquet", ABOUT) == {
            "instruction": "Who screams?",
            "context": "Swifts scream at dusk.",
            "response": "Swifts.",
            "category": "closed_qa",
        }

    def test_messages_are_a_question_and_its_answer(self):
        assert row("messages", ASKED) == {
            "messages": [
                {"role": "user", "content": "Name a swift."},
                {"role": "assistant", "content": "Apus apus."},
            ]
        }

    def test_a_context_follows_the_instruction(self):
        asked, _answer = row("messages", ABOUT)["messages"]
        assert asked["content"] == "Who screams?\n\nSwifts scream at dusk."

    def test_alpaca_has_its_three_columns(self):
        assert row("alpaca", ABOUT) == {
            "instruction": "Who screams?",
            "input": "Swifts scream at dusk.",
            "output": "Swifts.",
        }

    @given(RECORDS)
    def test_prompt_and_completion_are_what_training_learns_from(self, record):
        fields = row("prompt-completion", record)
        text = record_text(record.instruction, context=record.context, response=record.response)
        assert list(fields) == ["prompt", "completion"]
        assert fields["prompt"] + fields["completion"] == text

    @pytest.mark.parametrize("name", FORMATS)
    @given(record=RECORDS)
    def test_a_line_is_one_line_and_reads_back(self, name, record):
        line = json_line(row(name, record))
        assert line.count(b"\n") == 1
        assert json.loads(line) == row(name, record)
