import pytest

from tests.training.conftest import ROWS, write_rows
from training.answers import Answered, choose, report, scores
from training.data import Record, read
from training.generate import END, LENGTH


def answered(answer, *, expected="Paris", stopped=END):
    return Answered(1, "closed_qa", "Where?", "", expected=expected, answer=answer, stopped=stopped)


@pytest.fixture(scope="module")
def found(tuned):
    return report(tuned, read(tuned.parent / "data.jsonl").records, per_category=2)


class TestAModelThatLearnedItsRecords:
    def test_is_right_and_stops(self, found):
        assert {key: found[key] for key in ("answered", "stopped", "categories")} == {
            "answered": 5,
            "stopped": 1,
            "categories": {
                "brainstorming": {"answered": 1, "stopped": 1},
                "classification": {"answered": 1, "stopped": 1, "exact_match": 1, "f1": 1},
                "closed_qa": {"answered": 1, "stopped": 1, "exact_match": 1, "f1": 1},
                "open_qa": {"answered": 2, "stopped": 1},
            },
        }

    def test_is_shown_beside_what_people_wrote(self, found):
        assert [one["answer"] for one in found["answers"]] == [one["expected"] for one in found["answers"]]
        [boat] = [one for one in found["answers"] if one["category"] == "closed_qa"]
        assert boat == {
            "line": 3,
            "category": "closed_qa",
            "instruction": ROWS[2]["instruction"],
            "context": ROWS[2]["context"],
            "expected": ROWS[2]["response"],
            "answer": ROWS[2]["response"],
            "stopped": END,
        }

    def test_is_not_asked_what_leaves_no_room(self, tuned, tmp_path):
        data = write_rows(
            tmp_path / "data.jsonl", [{"instruction": "word " * 5000, "response": "So."}, ROWS[0]]
        )
        assert [one["line"] for one in report(tuned, read(data).records, per_category=2)["answers"]] == [2]


class TestScores:
    def test_of_closed_categories_tell_right_from_nearly_right(self):
        some = [answered("Paris."), answered("in Paris", stopped=LENGTH)]
        assert scores("closed_qa", some) == {
            "answered": 2, "stopped": 0.5, "exact_match": 0.5, "f1": pytest.approx((1 + 2 / 3) / 2)
        }  # fmt: skip

    def test_of_summaries_are_rouge_l(self):
        assert scores("summarization", [answered("the old boat", expected="the boat")]) == {
            "answered": 1, "stopped": 1, "rouge_l": pytest.approx(0.8)
        }  # fmt: skip

    def test_of_the_others_tell_whether_they_stop(self):
        assert scores("brainstorming", [answered("Rome", stopped=LENGTH)]) == {"answered": 1, "stopped": 0}


class TestTheQuestionsAsked:
    records = [Record(n, f"Question {n}", "So.", category="ab"[n % 2]) for n in range(1, 21)]

    def test_are_as_many_of_each_category_in_the_files_order(self):
        chosen = choose(self.records, per_category=3)
        assert sorted(record.category for record in chosen) == ["a"] * 3 + ["b"] * 3
        assert [record.line for record in chosen] == sorted(record.line for record in chosen)

    def test_do_not_depend_on_the_order_of_the_file(self):
        assert choose(self.records[::-1], per_category=3) == choose(self.records, per_category=3)

    def test_are_all_where_there_are_no_more(self):
        assert choose(self.records, per_category=99) == self.records
