"""The command line: what it refuses, in one line and with which status, and what it prints."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from training import model as models
from training import recipes
from training.__main__ import main

REPOSITORY = Path(__file__).parents[2]


class TestWrongUsage:
    @pytest.mark.parametrize(
        "options",
        [
            ["--recipe", "big"],
            ["--recipe", "pythia-70m"],
            ["--recipe", "pythia-70m", "--base", "missing"],
            ["--recipe", "smoke", "--base", ""],
            ["--recipe", "smoke", "--duplicates", ""],
            ["--recipe", "smoke", "--base", "."],
            ["--recipe", "smoke", "--data", "missing.jsonl"],
            ["--recipe", "smoke", "--set", "epochs=0"],
            ["--recipe", "smoke", "--set", "colour=red"],
            ["--recipe", "smoke", "--set", "epochs=3", "--set", "epochs=4"],
            ["--recipe", "smoke", "--config", "config.json"],
            ["--recipe", "smoke", "--out", "/dev/null/run"],
        ],
    )
    def test_is_one_line_and_nothing_done(self, options, data, tmp_path, capsys, monkeypatch):
        monkeypatch.chdir(tmp_path)
        assert main(["finetune", "--data", str(data), "--out", "run", *options]) == 2
        assert capsys.readouterr().err.count("\n") == 1
        assert not Path("run").exists()

    @pytest.mark.parametrize(
        "options",
        [
            ["--recipe", "pythia-70m", "--base", "TUNED"],
            ["--recipe", "smoke", "--duplicates", "DATA"],
            ["--recipe", "smoke", "--duplicates", "DEEP"],
        ],
    )
    def test_that_shows_in_the_folder_leaves_it_as_it_was(self, options, tuned, data, tmp_path, capsys):
        (tmp_path / "deep.json").write_text("[" * 100_000, encoding="utf-8")
        here = {"DATA": str(data), "TUNED": str(tuned / "model"), "DEEP": str(tmp_path / "deep.json")}
        options = [here.get(option, option) for option in options]
        before = sorted(tmp_path.rglob("*"))
        for out in ("run", "new/folder/run"):
            assert main(["finetune", "--data", str(data), "--out", str(tmp_path / out), *options]) == 2
        assert capsys.readouterr().err.count("\n") == 2
        assert sorted(tmp_path.rglob("*")) == before

    def test_in_a_folder_that_was_there_is_told_in_its_status(self, tuned, data, tmp_path):
        options = ["--data", str(data), "--recipe", "pythia-70m", "--base", str(tuned / "model")]
        (tmp_path / "run").mkdir()
        assert main(["finetune", *options, "--out", str(tmp_path / "run")]) == 2
        assert json.loads((tmp_path / "run" / "status.json").read_text(encoding="utf-8"))["state"] == "failed"

    @pytest.mark.parametrize(
        "text",
        [
            "{",
            "[]",
            "[" * 100_000,
            '{"schema": 1}',
            '{"schema": 1, "colour": "red"}',
        ],
    )
    def test_of_a_configuration_file_too(self, text, tmp_path, capsys):
        (tmp_path / "config.json").write_text(text, encoding="utf-8")
        assert main(["finetune", "--config", str(tmp_path / "config.json")]) == 2
        assert capsys.readouterr().err.count("\n") == 1

    def test_of_a_configuration_that_says_two_things(self, tmp_path, capsys):
        (tmp_path / "config.json").write_text(
            '{"schema": 1, "recipe": "big", "recipe": "smoke"}', encoding="utf-8"
        )
        assert main(["finetune", "--config", str(tmp_path / "config.json")]) == 2
        assert "the key 'recipe' stands there twice" in capsys.readouterr().err

    def test_of_a_model_that_is_not_there(self, capsys):
        assert main(["generate", "--model", "missing", "--instruction", "Why?"]) == 2
        assert capsys.readouterr().err == "python -m training generate: missing: there is no such folder.\n"

    @pytest.mark.parametrize("file", ["config.json", "tokenizer.json", "model.safetensors"])
    def test_of_a_model_that_is_damaged(self, file, tuned, tmp_path, capsys):
        shutil.copytree(tuned / "model", tmp_path / "model")
        for damage in (b"{", b"[" * 100_000):
            (tmp_path / "model" / file).write_bytes(damage)
            assert main(["generate", "--model", str(tmp_path / "model"), "--instruction", "Why?"]) == 2
            assert capsys.readouterr().err.count("\n") == 1


class TestCommands:
    def test_finetune_follows_a_configuration_file_in_its_own_folder(self, data, tmp_path):
        run = tmp_path / "run"
        run.mkdir()
        asked = {
            "schema": 1,
            "recipe": "smoke",
            "data": str(data),
            "out": str(run),
            "overrides": {"max_steps": 2},
        }
        (run / "config.json").write_text(json.dumps(asked), encoding="utf-8")
        assert main(["finetune", "--config", str(run / "config.json")]) == 0
        assert main(["finetune", "--config", str(run / "config.json"), "--resume"]) == 0
        assert json.loads((run / "status.json").read_text(encoding="utf-8"))["state"] == "succeeded"

    @pytest.mark.parametrize("command", ["finetune", "plan"])
    def test_every_bad_row_is_named_on_stderr(self, command, tmp_path, capsys):
        (tmp_path / "data.jsonl").write_bytes(b"[]\n" * 30)
        options = [
            "--data",
            str(tmp_path / "data.jsonl"),
            "--recipe",
            "smoke",
            "--out",
            str(tmp_path / "run"),
        ]
        assert main([command, *options]) == 1
        assert capsys.readouterr().err.splitlines()[1:] == [
            f"line {number}: not a JSON object" for number in range(1, 31)
        ]

    @pytest.mark.parametrize(
        "options", [["--set", "epochs=3", "seed=7"], ["--set", "epochs=3", "--set", "seed=7"]]
    )
    def test_several_settings_stand_behind_one_option_or_each_behind_its_own(self, options, data, tmp_path):
        command = ["finetune", "--data", str(data), "--recipe", "smoke", "--out", str(tmp_path / "run")]
        assert main([*command, "--set", "max_steps=1", *options]) == 0
        settings = json.loads((tmp_path / "run/run.json").read_text(encoding="utf-8"))["settings"]
        assert (settings["epochs"], settings["seed"]) == (3, 7)

    def test_plan_tells_whether_it_fits(self, data, capsys):
        assert main(["plan", "--data", str(data), "--recipe", "smoke"]) == 0
        told = capsys.readouterr().out
        assert "6 records to learn from" in told
        assert "200 steps, 100.0 epochs" in told
        assert told.endswith("It fits.\n")

    def test_generate_prints_the_answer(self, tuned, capsys):
        context = "The old boat was painted green.\n\nIt leaked."
        asked = ["--instruction", "What colour was the boat?", "--context", context]
        assert main(["generate", "--model", str(tuned), *asked]) == 0
        assert capsys.readouterr().out == "It was green.\n"

    @pytest.mark.parametrize("command", ["generate --instruction Why?", "evaluate --data DATA"])
    def test_ctrl_c_ends_any_with_75(self, command, tuned, data, monkeypatch):
        def interrupted(_threads):
            raise KeyboardInterrupt

        monkeypatch.setattr(models, "use_threads", interrupted)
        options = command.replace("DATA", str(data)).split()
        assert main([*options, "--model", str(tuned)]) == 75

    def test_compare_prints_json(self, tuned, data, capsys):
        assert (
            main(["compare", "--model", str(tuned), "--model", str(tuned / "model"), "--data", str(data)])
            == 0
        )
        assert json.loads(capsys.readouterr().out)["gain_bits_per_byte"]["all"] == 0


class TestAPathThatIsNone:
    """Too long for any disk, nothing at all, or not UTF-8: one line, and exit 2."""

    @pytest.mark.parametrize("path", ["", "x" * 5_000, "x/" * 2_500, "\udcff"])
    @pytest.mark.parametrize(
        "options",
        [
            ["finetune", "--recipe", "smoke", "--out", "run", "--data"],
            ["finetune", "--recipe", "smoke", "--data", "DATA", "--out"],
            ["finetune", "--recipe", "smoke", "--data", "DATA", "--out", "run", "--base"],
            ["finetune", "--recipe", "smoke", "--data", "DATA", "--out", "run", "--duplicates"],
            ["finetune", "--config"],
            ["plan", "--recipe", "smoke", "--data", "DATA", "--out"],
            ["generate", "--instruction", "Why?", "--model"],
            ["evaluate", "--model", "TUNED", "--data"],
            ["evaluate", "--model", "TUNED", "--data", "DATA", "--tasks", "trial", "--task-folder"],
            ["compare", "--data", "DATA", "--model", "TUNED", "--model"],
            ["serve", "--model"],
        ],
        ids=lambda options: f"{options[0]} {options[-1]}",
    )
    def test_is_refused(self, options, path, tuned, data, tmp_path, capsys, monkeypatch):
        monkeypatch.chdir(tmp_path)
        here = {"DATA": str(data), "TUNED": str(tuned)}
        assert main([*(here.get(option, option) for option in options), path]) == 2
        told = capsys.readouterr().err
        assert (told.count("\n"), len(told) < 300) == (1, True)
        assert not Path("run").exists()


@pytest.mark.slow
def test_serve_answers_on_stdin_and_stdout(tuned):
    command = [sys.executable, "-m", "training", "serve", "--model", tuned]
    asked = b'{"id": 1, "instruction": "How many legs has a spider?"}\n'
    served = subprocess.run(command, input=asked, capture_output=True, cwd=REPOSITORY, check=True)
    replies = [json.loads(line) for line in served.stdout.splitlines()]
    assert replies[0]["ready"] is True
    assert replies[-1] == {"id": 1, "done": True, "text": "Eight.", "stopped": "end"}


def test_what_the_site_reads_needs_the_standard_library_alone():
    """`-S` leaves every installed package out."""
    program = "import training.prompts, training.recipes, training.config, training.progress, training.bases"
    subprocess.run([sys.executable, "-S", "-c", program], cwd=REPOSITORY, check=True)


def test_a_shape_counts_the_parameters_that_its_model_has(tuned):
    run = json.loads((tuned / "run.json").read_text(encoding="utf-8"))
    size = (tuned / "model" / "model.safetensors").stat().st_size
    assert run["parameters"] == pytest.approx(size / 4, rel=0.05)
    assert recipes.RECIPES["pythia-70m"].shape.parameters == 70_426_624  # EleutherAI/pythia, README
