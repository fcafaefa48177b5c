"""The commands `evaluate` and `compare`, as they print."""

import json
import shutil

import pytest

from tests.training.conftest import ROWS, write_rows
from training import report
from training.__main__ import main
from training.config import RunConfig
from training.data import read
from training.evaluate import evaluate
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


class TestBeforeAnyWork:
    """What is wrong in the last argument is said before the first model is measured."""

    @pytest.fixture(autouse=True)
    def _no_work(self, monkeypatch):
        monkeypatch.setattr(report, "evaluate", lambda *_: pytest.fail("it was measured"))

    @pytest.mark.parametrize(
        "options",
        [
            ["--tasks", "no-such-task"],
            ["--tasks", ""],
            ["--tasks", "boats", "--task-folder", "missing"],
            ["--task-folder", "."],
        ],
    )
    def test_evaluate_looks_at_its_tasks(self, options, tuned, data, capsys):
        assert main(["evaluate", "--model", str(tuned), "--data", str(data), *options]) == 2
        assert capsys.readouterr().err.count("\n") == 1

    @pytest.mark.parametrize("file", ["config.json", "tokenizer.json", "model.safetensors"])
    def test_compare_looks_at_its_second_model(self, file, tuned, data, tmp_path, capsys):
        other = shutil.copytree(tuned / "model", tmp_path / "other")
        (other / file).write_bytes((other / file).read_bytes()[:-3])
        models = ["--model", str(tuned), "--model", str(other)]
        assert main(["compare", *models, "--data", str(data)]) == 2
        assert capsys.readouterr().err.count("\n") == 1


class TestWhatAModelLearnedFrom:
    """Counted by the texts' hashes, and said in the result and on stderr."""

    def learned(self, capsys, *options):
        assert main(["evaluate", "--answers", "0", *map(str, options)]) == 0
        told = capsys.readouterr()
        return json.loads(told.out)["learned"], "Warning: the model in" in told.err

    def test_is_told_of_its_own_data(self, held, capsys):
        options = ["--data", held / "data.jsonl", "--model"]
        assert self.learned(capsys, *options, held / "run") == (27, True)
        assert self.learned(capsys, *options, held / "run" / "model") == (27, True)
        assert self.learned(capsys, *options, held / "run", "--held-out") == (0, False)

    def test_is_told_of_other_data_with_some_of_its_records(self, held, tmp_path, capsys):
        out = json.loads((held / "run" / "run.json").read_text(encoding="utf-8"))["held_out"]
        rows = (held / "data.jsonl").read_text(encoding="utf-8").splitlines()
        learned = [json.loads(row) for line, row in enumerate(rows, 1) if line not in out]
        new = {"instruction": "Is this new?", "response": "It is."}
        data = write_rows(tmp_path / "data.jsonl", [new, *learned[:2], json.loads(rows[out[0] - 1])])
        assert self.learned(capsys, "--data", data, "--model", held / "run") == (2, True)

    def test_leaves_out_what_was_too_long(self, tmp_path, capsys):
        rows = [*ROWS, {"instruction": "Go on.", "response": "and on " * 900}]
        data = write_rows(tmp_path / "data.jsonl", rows)
        overrides = {"max_steps": 1, "max_length": 400}
        config = RunConfig("smoke", str(data), str(tmp_path / "run"), overrides=overrides)
        assert finetune(config, resume=False) == 0
        assert self.learned(capsys, "--data", data, "--model", tmp_path / "run") == (6, True)

    def test_is_not_known_of_a_model_without_its_run(self, tuned, data, tmp_path, capsys):
        model = shutil.copytree(tuned / "model", tmp_path / "model")
        assert self.learned(capsys, "--data", data, "--model", model) == (None, False)


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
    def test_measures_both_models_on_the_same_records(self, tuned, untaught, tmp_path, capsys):
        """The last response has few tokens for one and too many for the other, that spells most words."""
        data = write_rows(
            tmp_path / "data.jsonl", [*ROWS, {"instruction": "Go.", "response": "It was green. " * 60}]
        )
        alone = [evaluate(folder, read(data))["too_long"] for folder in (tuned, untaught)]
        assert alone == [[], [7]]
        assert (
            main(
                [
                    "compare",
                    "--model",
                    str(tuned),
                    "--model",
                    str(untaught),
                    "--data",
                    str(data),
                    "--answers",
                    "0",
                ]
            )
            == 0
        )
        told = capsys.readouterr()
        found = json.loads(told.out)
        assert (found["records"], found["too_long"]) == (6, [7])
        assert (found["a"]["records"], found["b"]["records"]) == (6, 6)
        assert "6 records are compared, 1 are too long for one of the models." in told.err

    def test_finds_no_gain_between_a_model_and_itself(self, tuned, capsys):
        data = tuned.parent / "data.jsonl"
        found = printed(
            capsys, "compare", "--model", tuned, "--model", tuned / "model", "--data", data, "--answers", 1
        )
        assert set(found["gain_bits_per_byte"].values()) == {0}
        assert found["a"]["answers"] == found["b"]["answers"]
