"""A run from its configuration to its model, and every way it can end."""

import json
import os
import signal

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from tests.training.conftest import ROWS, write_rows
from training import checkpoint, prompts
from training import finetune as finetuning
from training.config import ConfigError, RunConfig
from training.data import Data, read
from training.evaluate import evaluate
from training.finetune import finetune
from training.generate import Sampling, Tuned

SHORT = {"epochs": 4, "checkpoint_steps": 3}  # 8 steps, checkpoints after 3 and 6


def short(data, out, **overrides):
    return RunConfig(recipe="smoke", data=str(data), out=str(out), overrides={**SHORT, **overrides})


def status(out):
    return json.loads((out / "status.json").read_text(encoding="utf-8"))


def events(out, kind):
    lines = (out / "metrics.jsonl").read_text(encoding="utf-8").splitlines()
    return [event for event in map(json.loads, lines) if event["event"] == kind]


def losses(out):
    return [(event["step"], event["loss"]) for event in events(out, "step")]


def weights(out):
    return (out / "model" / "model.safetensors").read_bytes()


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory):
    """A short run that nobody disturbed."""
    folder = tmp_path_factory.mktemp("unbroken")
    assert finetune(short(write_rows(folder / "data.jsonl", ROWS), folder / "run"), resume=False) == 0
    return folder / "run"


class TestAFinishedRun:
    def test_answers_what_it_learned_and_stops(self, tuned):
        model = Tuned(tuned)
        answers = [
            model.answer(r["instruction"], context=r.get("context", ""), sampling=Sampling()) for r in ROWS
        ]
        assert ["".join(answer) for answer in answers] == [row["response"] for row in ROWS]
        assert {answer.stopped for answer in answers} == {"end"}

    def test_says_so(self, tuned):
        found = status(tuned)
        assert (found["state"], found["step"], found["steps"]) == ("succeeded", 120, 120)
        assert [event["step"] for event in events(tuned, "done")] == [120]
        assert [step for step, _ in losses(tuned)] == list(range(1, 121))

    def test_leaves_what_repeats_it(self, tuned):
        run = json.loads((tuned / "run.json").read_text(encoding="utf-8"))
        config = RunConfig.from_dict(json.loads((tuned / "config.json").read_text(encoding="utf-8")))
        assert (run["recipe"], run["seed"], run["settings"]) == ("smoke", 42, config.settings)
        assert run["data_sha256"] == config.data_sha256
        assert sorted(path.name for path in tuned.iterdir()) == [
            ".lock", "config.json", "metrics.jsonl", "model", "run.json", "status.json"
        ]  # fmt: skip

    def test_loads_in_plain_transformers_and_stops_there_too(self, tuned):
        model = AutoModelForCausalLM.from_pretrained(tuned / "model")
        tokenizer = AutoTokenizer.from_pretrained(tuned / "model")
        assert model.config.use_cache is True
        asked = tokenizer(prompts.question_text("How many legs has a spider?"), return_tensors="pt")
        told = model.generate(**asked, max_new_tokens=50, do_sample=False)[0, asked.input_ids.shape[1] :]
        assert tokenizer.decode(told) == "Eight.\n\n### End"

    def test_is_left_alone_by_resume(self, unbroken):
        before = {path: path.stat().st_mtime_ns for path in unbroken.rglob("*")}
        assert finetune(short(unbroken.parent / "data.jsonl", unbroken), resume=True) == 0
        assert {path: path.stat().st_mtime_ns for path in unbroken.rglob("*")} == before

    def test_is_left_alone_where_the_data_given_is_bad(self, unbroken, tmp_path):
        before = {path: path.stat().st_mtime_ns for path in unbroken.rglob("*")}
        bad = tmp_path / "bad.jsonl"
        bad.write_bytes(b"{\n")
        with pytest.raises(ConfigError, match="has other data"):
            finetune(short(bad, unbroken), resume=True)
        assert {path: path.stat().st_mtime_ns for path in unbroken.rglob("*")} == before

    def test_is_not_begun_again_without_resume(self, unbroken):
        with pytest.raises(ConfigError, match="holds a run"):
            finetune(short(unbroken.parent / "data.jsonl", unbroken), resume=False)

    def test_comes_out_the_same_another_time(self, unbroken, data, tmp_path):
        assert finetune(short(data, tmp_path / "run"), resume=True) == 0
        assert weights(tmp_path / "run") == weights(unbroken)


class TestAFolderThatHoldsNoRun:
    @pytest.mark.parametrize("name", ["model", "checkpoints", "tokenizer.json", "model.safetensors"])
    def test_but_something_of_a_models_is_left_alone(self, name, data, tmp_path):
        kept = tmp_path / "mine" / name
        kept.mkdir(parents=True)
        with pytest.raises(ConfigError, match=f"holds {name} and no run"):
            finetune(short(data, tmp_path / "mine"), resume=False)
        assert sorted(path.name for path in (tmp_path / "mine").iterdir()) == sorted([".lock", name])

    def test_but_the_data_under_a_name_that_a_run_writes_is_left_alone(self, data, tmp_path):
        named = data.rename(tmp_path / "metrics.jsonl")
        before = named.read_bytes()
        with pytest.raises(ConfigError, match="would write over its own data"):
            finetune(short(named, tmp_path), resume=False)
        assert named.read_bytes() == before


class TestARunThatIsStopped:
    @pytest.mark.parametrize("step", [2, 3])
    def test_goes_on_bit_for_bit(self, step, unbroken, data, tmp_path, stop_after):
        stop_after(step)
        assert finetune(short(data, tmp_path / "run"), resume=False) == 75
        assert (status(tmp_path / "run")["state"], status(tmp_path / "run")["step"]) == ("stopped", step)
        stop_after(None)
        assert finetune(short(data, tmp_path / "run"), resume=True) == 0
        assert losses(tmp_path / "run") == losses(unbroken)
        assert weights(tmp_path / "run") == weights(unbroken)

    def test_before_its_first_step_starts_from_the_beginning(self, unbroken, data, tmp_path, monkeypatch):
        monkeypatch.setattr(finetuning._Run, "_begin", lambda *_: os.kill(os.getpid(), signal.SIGINT))
        assert finetune(short(data, tmp_path / "run"), resume=False) == 75
        monkeypatch.undo()
        assert finetune(short(data, tmp_path / "run"), resume=True) == 0
        assert losses(tmp_path / "run") == losses(unbroken)

    def test_again_before_a_new_step_says_from_where_it_goes_on(
        self, data, tmp_path, stop_after, monkeypatch
    ):
        stop_after(3)
        finetune(short(data, tmp_path / "run"), resume=False)
        stop_after(None)
        monkeypatch.setattr(finetuning._Run, "_begin", lambda *_: os.kill(os.getpid(), signal.SIGINT))
        assert finetune(short(data, tmp_path / "run"), resume=True) == 75
        assert status(tmp_path / "run")["message"] == (
            "Stopped before a new step; resumed, it goes on from the last checkpoint."
        )

    def test_refuses_to_become_another(self, data, tmp_path, stop_after):
        stop_after(1)
        finetune(short(data, tmp_path / "run"), resume=False)
        other = write_rows(tmp_path / "other.jsonl", ROWS[:3])
        for config, key in [
            (short(other, tmp_path / "run"), "data_sha256"),
            (short(data, tmp_path / "run", seed=7), "seed"),
        ]:
            with pytest.raises(ConfigError) as caught:
                finetune(config, resume=True)
            assert caught.value.key == key
        assert status(tmp_path / "run")["state"] == "stopped"


class TestADamagedFile:
    @pytest.fixture
    def stopped(self, data, tmp_path, stop_after):
        stop_after(3)
        finetune(short(data, tmp_path / "run"), resume=False)
        stop_after(None)
        return tmp_path / "run"

    @pytest.mark.parametrize("text", ["", "[]", "{}", "[" * 100_000])
    def test_that_says_which_run_it_is_is_refused(self, text, stopped, data):
        (stopped / "run.json").write_text(text, encoding="utf-8")
        before = (stopped / "status.json").read_bytes()
        with pytest.raises(ConfigError, match=r"run.json: is damaged \(.*; begin again in another --out"):
            finetune(short(data, stopped), resume=True)
        assert (stopped / "status.json").read_bytes() == before

    @pytest.mark.parametrize("text", ["", "[]", "[" * 100_000])
    def test_that_says_how_far_it_is_keeps_nobody(self, text, stopped, data, unbroken):
        (stopped / "status.json").write_text(text, encoding="utf-8")
        assert finetune(short(data, stopped), resume=True) == 0
        assert weights(stopped) == weights(unbroken)


class TestARunThatFails:
    def test_for_bad_rows_leaves_no_run_behind(self, tmp_path, data):
        bad = tmp_path / "bad.jsonl"
        bad.write_bytes(data.read_bytes() + b"{\n")
        assert finetune(short(bad, tmp_path / "run"), resume=False) == 1
        assert (
            status(tmp_path / "run")["state"],
            "line 7: not JSON" in status(tmp_path / "run")["message"],
        ) == (
            "failed",
            True,
        )
        assert finetune(short(data, tmp_path / "run"), resume=False) == 0

    def test_for_a_loss_that_is_no_number_keeps_the_last_checkpoint(self, data, tmp_path, monkeypatch):
        add = finetuning.loop.add_gradients
        taken = []

        def spoiled(*args, **options):
            taken.append(args)
            return add(*args, **options) * (float("nan") if len(taken) == 5 else 1)

        monkeypatch.setattr(finetuning.loop, "add_gradients", spoiled)
        assert finetune(short(data, tmp_path / "run"), resume=False) == 1
        assert status(tmp_path / "run")["state"] == "failed"
        assert "a number at step 5" in status(tmp_path / "run")["message"]
        assert checkpoint.latest(tmp_path / "run" / "checkpoints").name == "step-00000003"

    def test_for_a_full_disk_keeps_the_last_checkpoint_and_goes_on(
        self, unbroken, data, tmp_path, monkeypatch
    ):
        write = torch.save
        saved = []

        def full(*args):
            saved.append(args)
            if len(saved) == 2:
                raise OSError(28, "No space left on device")
            write(*args)

        monkeypatch.setattr(torch, "save", full)
        assert finetune(short(data, tmp_path / "run"), resume=False) == 1
        assert status(tmp_path / "run")["message"].startswith("The disk is full.")
        assert [path.name for path in (tmp_path / "run" / "checkpoints").iterdir()] == ["step-00000003"]
        assert finetune(short(data, tmp_path / "run"), resume=True) == 0
        assert weights(tmp_path / "run") == weights(unbroken)

    def test_for_want_of_memory_is_refused_before_weights(self, data, tmp_path, monkeypatch):
        monkeypatch.setattr(finetuning.plan.machines, "memory_free_bytes", lambda: 1000)
        assert finetune(short(data, tmp_path / "run"), resume=False) == 1
        assert "does not fit the memory" in status(tmp_path / "run")["message"]


class TestOtherWaysToBegin:
    def test_a_model_is_a_base_and_records_are_held_out(self, tuned, tmp_path):
        data = write_rows(
            tmp_path / "data.jsonl",
            [{**row, "instruction": f"{row['instruction']} {n}"} for n in range(4) for row in ROWS],
        )
        config = RunConfig(
            recipe="smoke",
            data=str(data),
            out=str(tmp_path / "run"),
            base=str(tuned / "model"),
            overrides={"epochs": 1, "evaluation_records": 2},
        )
        assert finetune(config, resume=False) == 0
        assert events(tmp_path / "run", "step")[0]["loss"] < 3  # A fresh model begins at 6.
        assert events(tmp_path / "run", "evaluation")[-1]["records"] == 2
        run = json.loads((tmp_path / "run" / "run.json").read_text(encoding="utf-8"))
        assert len(set(run["held_out"]) & set(range(1, 25))) == 2
        tokens = sum(
            evaluate(tuned, Data([read(data).records[line - 1]], ""))["tokens"] for line in run["held_out"]
        )
        assert events(tmp_path / "run", "evaluation")[-1]["tokens"] == tokens

    def test_long_records_are_left_out_and_named(self, data, tmp_path):
        write_rows(data, [*ROWS, {"instruction": "Go on.", "response": "and on " * 900}])
        assert finetune(short(data, tmp_path / "run", max_length=400), resume=False) == 0
        assert [event["lines"] for event in events(tmp_path / "run", "warning")] == [[7]]

    def test_two_at_once_in_one_folder_are_refused(self, data, tmp_path):
        with (
            finetuning.folder.alone_in(tmp_path / "run"),
            pytest.raises(ConfigError, match="another process"),
        ):
            finetune(short(data, tmp_path / "run"), resume=False)
