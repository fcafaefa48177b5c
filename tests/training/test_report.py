"""The commands `evaluate` and `compare`, as they print."""

import json

import pytest

from tests.training.conftest import ROWS, write_rows
from training.__main__ import main
from training.config import RunConfig
from training.finetune import finetune


def printed(capsys, *options):
    assert main([str(option) for option in options]) == 0
    return json.loads(capsys.readouterr().out)


@pytest.fixture(scope="module")
def held(tmp_path_factory):
    """A short run that held three of thirty records out."""
    folder = tmp_path_factory.mktemp("held")
    rows = [{**row, "instruction": f"{number}: {row['instruction']}"} for number in range(5) for row in ROWS]
    data = write_rows(folder / "data.jsonl", rows)
    overrides = {"max_steps": 1, "evaluation_records": 3}
    assert (
        finetune(RunConfig("smoke", str(data), str(folder / "run"), overrides=overrides), resume=False) == 0
    )
    return folder


class TestEvaluate:
    def test_predicts_and_answers(self, tuned, capsys):
        found = printed(
            capsys, "evaluate", "--model", tuned, "--data", tuned.parent / "data.jsonl", "--answers", 1
        )
        assert found["records"] == 6
        assert found["categories"]["closed_qa"]["records"] == 1
        assert found["answers"]["categories"]["closed_qa"]["exact_match"] == 1
        assert len(found["answers"]["answers"]) == 4

    def test_answers_nothing_where_nothing_is_asked(self, tuned, capsys):
        found = printed(
            capsys, "evaluate", "--model", tuned, "--data", tuned.parent / "data.jsonl", "--answers", 0
        )
        assert "answers" not in found

    def test_measures_on_what_the_run_held_out(self, held, capsys):
        options = ["--model", held / "run", "--data", held / "data.jsonl", "--answers", 0]
        assert printed(capsys, "evaluate", *options)["records"] == 30
        assert printed(capsys, "evaluate", *options, "--held-out")["records"] == 3


def test_a_run_measures_itself_as_the_command_does(held, capsys):
    lines = (held / "run" / "metrics.jsonl").read_text(encoding="utf-8").splitlines()
    [told] = [event for event in map(json.loads, lines) if event["event"] == "evaluation"]
    options = ["--model", held / "run", "--data", held / "data.jsonl", "--held-out", "--answers", 0]
    found = printed(capsys, "evaluate", *options)
    assert told["loss"] == pytest.approx(found["loss"], rel=1e-5)
    assert {key: part["records"] for key, part in told["categories"].items()} == {
        key: part["records"] for key, part in found["categories"].items()
    }


class TestARefusal:
    """One line, and exit 2."""

    @pytest.mark.parametrize(
        "options",
        [["--answers", "-1"], ["--answers", "many"], ["--held-out"], ["--held-out", "--data", "DATA"]],
    )
    def test_names_what_is_wrong(self, options, tuned, held, capsys):
        data = ["--data", str(held / "data.jsonl")]
        options = [str(tuned.parent / "data.jsonl") if option == "DATA" else option for option in options]
        assert main(["evaluate", "--model", str(tuned), *data, *options]) == 2
        assert capsys.readouterr().err.count("\n") == 1

    def test_of_a_folder_that_is_no_runs(self, tuned, capsys):
        options = ["--model", tuned / "model", "--data", tuned.parent / "data.jsonl", "--held-out"]
        assert main(["evaluate", *map(str, options)]) == 2
        assert "is no run's folder" in capsys.readouterr().err


class TestAModelThatGivesNoNumbers:
    """One line, exit 2, and nothing on stdout that is not JSON."""

    def test_is_refused_by_evaluate(self, spoiled, data, capsys):
        assert main(["evaluate", "--model", str(spoiled), "--data", str(data)]) == 2
        told = capsys.readouterr()
        assert (told.out, told.err.count("\n")) == ("", 1)
        assert f"{spoiled}: what the model gives for line " in told.err

    def test_is_refused_by_compare(self, spoiled, tuned, data, capsys):
        models = ["--model", str(tuned), "--model", str(spoiled)]
        assert main(["compare", *models, "--data", str(data), "--answers", "0"]) == 2
        assert capsys.readouterr().out == ""

    def test_is_refused_by_generate(self, spoiled, capsys):
        assert main(["generate", "--model", str(spoiled), "--instruction", "Why?"]) == 2
        told = capsys.readouterr()
        assert (told.out, "for this question is no number" in told.err) == ("", True)


class TestCompare:
    def test_finds_no_gain_between_a_model_and_itself(self, tuned, capsys):
        data = tuned.parent / "data.jsonl"
        found = printed(
            capsys, "compare", "--model", tuned, "--model", tuned / "model", "--data", data, "--answers", 1
        )
        assert set(found["gain_bits_per_byte"].values()) == {0}
        assert found["a"]["answers"] == found["b"]["answers"]
