import json

import pytest

from tests.training.conftest import ROWS, write_rows
from training.data import read
from training.evaluate import compare, evaluate


@pytest.fixture
def learned(tuned):
    return evaluate(tuned, read(tuned.parent / "data.jsonl"))


class TestAnEvaluation:
    def test_has_figures_in_all_and_by_category(self, learned):
        assert learned["records"] == 6
        assert learned["loss"] < 0.1
        assert {key: part["records"] for key, part in learned["categories"].items()} == {
            "brainstorming": 1, "classification": 1, "closed_qa": 1, "open_qa": 3
        }  # fmt: skip

    def test_is_json(self, learned):
        assert json.loads(json.dumps(learned, allow_nan=False)) == learned

    def test_weighs_categories_by_their_tokens(self, learned):
        parts = learned["categories"].values()
        total = sum(part["loss"] * part["tokens"] for part in parts)
        assert learned["loss"] == pytest.approx(total / sum(part["tokens"] for part in parts))

    def test_leaves_out_what_the_model_cannot_read(self, tuned, tmp_path):
        data = write_rows(
            tmp_path / "data.jsonl", [*ROWS, {"instruction": "Go on.", "response": "and on " * 3000}]
        )
        assert evaluate(tuned, read(data))["too_long"] == [7]


def test_a_comparison_tells_which_model_is_better_where(learned):
    worse = {**learned, "bits_per_byte": learned["bits_per_byte"] + 1}
    gain = compare(worse, learned)["gain_bits_per_byte"]
    assert (gain["all"], gain["open_qa"]) == (pytest.approx(1), 0)
