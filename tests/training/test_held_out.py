"""What a run holds out is like nothing that it learns from."""

import io
import json
from dataclasses import replace

import pytest
from django.core.management import call_command
from hypothesis import given
from hypothesis import strategies as st

from tests.training import dolly
from tests.training.conftest import ROWS, write_rows
from training import preparation
from training.config import ConfigError, RunConfig
from training.data import Example, Record, read
from training.finetune import finetune
from training.held_out import hold_out, read_pairs

TOPICS = [
    "steam",
    "bread",
    "a harbour",
    "winter",
    "paper",
    "the moon",
    "a violin",
    "salt",
    "glass",
    "a hedge",
]


def examples(*instructions):
    return [
        Example(Record(line, asked, "So."), ids=[], prompt_tokens=0)
        for line, asked in enumerate(instructions, 1)
    ]


def lines(some):
    return {example.record.line for example in some}


class TestHoldingOut:
    forty = examples(*(f"Question {number}" for number in range(1, 41)))

    def test_splits_every_record_to_one_side(self):
        training, held = hold_out(self.forty, count=3)
        assert (len(training), len(held)) == (37, 3)
        assert lines(training) | lines(held) == set(range(1, 41))

    def test_takes_a_tenth_at_most(self):
        assert len(hold_out(self.forty, count=200)[1]) == 4

    def test_does_not_depend_on_the_order(self):
        assert lines(hold_out(self.forty, count=3)[1]) == lines(hold_out(self.forty[::-1], count=3)[1])

    @given(st.lists(st.tuples(st.integers(1, 50), st.integers(1, 50)), max_size=60))
    def test_never_parts_what_a_dropped_record_connects(self, pairs):
        """Ten of fifty are dropped; that they were there is all that a chain through them needs."""
        fifty = examples(*(f"Question {number}" for number in range(1, 51)))
        kept, dropped = fifty[:40], [example.record for example in fifty[40:]]
        held = lines(hold_out(kept, count=4, pairs=pairs, dropped=dropped)[1])
        beside = {line: {line} for line in range(1, 51)}
        for one, other in pairs:
            if beside[one] is not beside[other]:
                beside[one] |= beside[other]
                beside.update(dict.fromkeys(beside[one], beside[one]))
        assert all(beside[line] & lines(kept) <= held for line in held)
        assert len(held) <= 4

    @given(st.lists(st.tuples(st.integers(1, 40), st.integers(1, 40)), max_size=40), st.integers(0, 9))
    def test_never_parts_a_pair(self, pairs, count):
        training, held = hold_out(self.forty, count=count, pairs=pairs)
        assert len(held) <= min(count, 4)
        assert lines(training) | lines(held) == set(range(1, 41))
        assert all((one in lines(held)) == (other in lines(held)) for one, other in pairs)

    def test_never_parts_records_that_ask_the_same(self):
        asked = [text for number in range(20) for text in (f"Question {number}?", f"question,  {number}")]
        training, held = hold_out(examples(*asked), count=4)
        assert len(held) == 4
        assert not {(line - 1) // 2 for line in lines(held)} & {(line - 1) // 2 for line in lines(training)}

    def test_learns_from_a_group_that_is_too_large_to_be_held_out(self):
        alike = [(1, other) for other in range(2, 41)]
        assert hold_out(self.forty, count=4, pairs=alike)[1] == []


class TestWithWhatFindDuplicatesWrote:
    """Each topic has two records whose answers differ in a word; none asks the same."""

    @pytest.fixture
    def data(self, tmp_path):
        rows = [
            {
                "instruction": f"{ask} {topic} in some words.",
                "context": "",
                "response": f"There is much to be told of {topic}, and most of it was told {when} by those who "
                f"had seen {topic} with their own eyes and wrote down with care what {topic} is and is not.",
                "category": "open_qa",
            }
            for topic in TOPICS
            for ask, when in (("Describe", "long ago"), ("Please describe", "years ago"))
        ]
        return write_rows(tmp_path / "data.jsonl", rows)

    @pytest.fixture
    def found(self, data, tmp_path):
        call_command("find_duplicates", str(data), to=tmp_path / "pairs.jsonl", stderr=io.StringIO())
        return tmp_path / "pairs.jsonl"

    def parted(self, data, found, *, duplicates):
        """The pairs of which a run holds out one and learns from the other."""
        config = RunConfig(
            "smoke", str(data), "run", overrides={"evaluation_records": 2}, duplicates=duplicates
        )
        prepared = preparation.prepare(config, preparation.read_data(config))
        assert len(prepared.held_out) == 2
        held = lines(prepared.held_out)
        return {pair for pair in read_pairs(found, lines=20) if len(held.intersection(pair)) == 1}

    def test_a_near_duplicate_of_a_held_out_record_is_not_learned_from(self, data, found):
        assert len(read_pairs(found, lines=20)) >= len(TOPICS)
        assert self.parted(data, found, duplicates=str(found)) == set()

    def test_a_record_that_is_too_long_to_be_learned_still_keeps_together_what_resembles_it(
        self, data, tmp_path
    ):
        rows = [json.loads(line) for line in data.read_text(encoding="utf-8").splitlines()]
        write_rows(data, [*rows, {"instruction": "Tell all.", "response": "much " * 900}])
        config = RunConfig("smoke", str(data), "run", overrides={"evaluation_records": 1, "max_length": 400})
        [held] = lines(preparation.prepare(config, preparation.read_data(config)).held_out)
        pairs = [{"a": 21, "b": line} for line in range(1, 21)]
        write_rows(tmp_path / "pairs.jsonl", pairs)
        connected = replace(config, duplicates=str(tmp_path / "pairs.jsonl"))
        prepared = preparation.prepare(connected, preparation.read_data(connected))
        assert (held in range(1, 21), prepared.too_long, prepared.held_out) == (True, [21], [])

    def test_without_it_one_would_be(self, data, found):
        assert len(self.parted(data, found, duplicates=None)) == 2


@pytest.mark.slow
@pytest.mark.skipif(not dolly.IS_HERE, reason="the real dolly-15k is not here")
def test_of_dollys_records_none_that_is_held_out_resembles_one_that_is_learned(tmp_path):
    call_command("find_duplicates", str(dolly.RECORDS), to=tmp_path / "pairs.jsonl", stderr=io.StringIO())
    pairs = set(read_pairs(tmp_path / "pairs.jsonl", lines=15_011))
    some = [Example(record, ids=[], prompt_tokens=0) for record in read(dolly.RECORDS).records]

    def parted(*, given):
        training, held = hold_out(some, count=200, pairs=given)
        assert (len(training), len(held)) == (14_811, 200)
        return sum(len(lines(held).intersection(pair)) == 1 for pair in pairs)

    assert (parted(given=()), parted(given=pairs)) == (3, 0)


class TestAFileOfPairs:
    @pytest.mark.parametrize(
        ("text", "reason"),
        [
            ('{"a": 1}', "line 1: is not a pair"),
            ("[1, 2]", "line 1: is not a pair"),
            ("1 2", "line 1: is not a pair"),
            ('{"a": 1, "b": 2}\n{"a": 1, "b": 9}', "line 2: names a line that the data does not have"),
            ('{"a": 0, "b": 2}', "line 1: names a line"),
            ('{"a": true, "b": 2}', "line 1: names a line"),
        ],
    )
    def test_that_is_none_is_refused(self, text, reason, tmp_path):
        path = tmp_path / "pairs.jsonl"
        path.write_text(text, encoding="utf-8")
        with pytest.raises(ConfigError, match=reason) as caught:
            read_pairs(path, lines=3)
        assert caught.value.key == "duplicates"

    def test_that_is_not_there_is_refused(self, tmp_path):
        with pytest.raises(ConfigError, match="cannot be read"):
            read_pairs(tmp_path / "pairs.jsonl", lines=3)

    def test_cannot_change_while_a_run_rests(self, tmp_path):
        rows = [
            {**row, "instruction": f"{number}: {row['instruction']}"} for number in range(5) for row in ROWS
        ]
        data, pairs = write_rows(tmp_path / "data.jsonl", rows), tmp_path / "pairs.jsonl"
        pairs.write_text("", encoding="utf-8")
        overrides = {"max_steps": 1, "evaluation_records": 3}
        config = RunConfig(
            "smoke", str(data), str(tmp_path / "run"), duplicates=str(pairs), overrides=overrides
        )
        assert finetune(config, resume=False) == 0
        run = json.loads((tmp_path / "run" / "run.json").read_text(encoding="utf-8"))
        (tmp_path / "run" / "status.json").unlink()
        pairs.write_text(
            json.dumps({"a": run["held_out"][0], "b": run["held_out"][0] % 30 + 1}), encoding="utf-8"
        )
        with pytest.raises(ConfigError, match="has changed since"):
            finetune(config, resume=True)
