"""Whatever moves the weights, a run that was stopped goes on bit for bit, and on nothing else than it began with."""

import json
import shutil
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from tests.training.conftest import ROWS, write_rows
from tests.training.test_finetune import events, losses, short, status, weights
from training import preparation
from training.config import ConfigError
from training.finetune import finetune

LATE = {"clipping": "previous-step", "clip_norm": 0.2}

WAYS = {
    "late": LATE,
    "early": {**LATE, "in_backward": 1},
    "split": {"optimizer": "split-8bit", "precision": "bf16"},
    "stochastic": {"optimizer": "stochastic", "precision": "bf16"},
    "eight-bit": {"optimizer": "split-8bit"},
    "recomputed": {"recompute": "selective"},
    "weighted": {"loss_weighting": "dolly", "checkpoint_steps": 1},
}


@pytest.mark.slow
@pytest.mark.parametrize("way", WAYS)
def test_a_stopped_run_goes_on_bit_for_bit(way, data, tmp_path, stop_after):
    whole, broken = (short(data, tmp_path / name, **WAYS[way]) for name in ("whole", "broken"))
    assert finetune(whole, resume=False) == 0
    for step in (2, 5):
        stop_after(step)
        assert finetune(broken, resume=step > 2) == 75
    stop_after(None)
    assert finetune(broken, resume=True) == 0
    assert losses(tmp_path / "broken") == losses(tmp_path / "whole")
    assert weights(tmp_path / "broken") == weights(tmp_path / "whole")


@pytest.mark.slow
@pytest.mark.parametrize("recipe", ["smoke", "lora-smoke"])
class TestABase:
    @pytest.fixture
    def base(self, tuned, tmp_path):
        return shutil.copytree(tuned / "model", tmp_path / "base")

    @pytest.fixture
    def config(self, recipe, base, data, tmp_path):
        return replace(short(data, tmp_path / "run"), recipe=recipe, base=str(base))

    def test_is_known_by_the_hashes_that_a_hub_states(self, config, base, tmp_path):
        assert finetune(config, resume=False) == 0
        run = json.loads((tmp_path / "run" / "run.json").read_text(encoding="utf-8"))
        assert run["base_sha256"] == {
            name: sha256((base / name).read_bytes()).hexdigest()
            for name in ("config.json", "model.safetensors", "tokenizer.json")
        }

    def test_cannot_change_while_a_run_rests(self, config, base, tmp_path, stop_after):
        stop_after(3)
        assert finetune(config, resume=False) == 75
        stop_after(None)
        for name in ("config.json", "model.safetensors", "tokenizer.json"):
            whole = (base / name).read_bytes()
            last = bytes([whole[-1] ^ 1]) if name.endswith(".safetensors") else whole[-1:] + b" "
            (base / name).write_bytes(whole[:-1] + last)
            with pytest.raises(ConfigError, match=f"{name} of .*: not as when the run in"):
                finetune(config, resume=True)
            (base / name).write_bytes(whole)
        assert (status(tmp_path / "run")["state"], status(tmp_path / "run")["step"]) == ("stopped", 3)
        assert finetune(config, resume=True) == 0


@pytest.mark.slow
def test_a_base_that_lends_its_tokenizer_alone_may_have_other_weights(tuned, data, tmp_path, stop_after):
    base = shutil.copytree(tuned / "model", tmp_path / "base")
    config = replace(short(data, tmp_path / "run", init="random"), base=str(base))
    stop_after(3)
    assert finetune(config, resume=False) == 75
    stop_after(None)
    (base / "model.safetensors").unlink()
    assert finetune(config, resume=True) == 0


def cut_short(path):
    path.write_bytes(path.read_bytes()[:-1])


def flip_a_bit(path):
    whole = bytearray(path.read_bytes())
    whole[len(whole) // 2] ^= 1
    path.write_bytes(whole)


def empty(path):
    path.write_bytes(b"")


@pytest.mark.slow
class TestADamagedCheckpoint:
    @pytest.fixture
    def stopped(self, data, tmp_path, stop_after):
        """A run with checkpoints after the third and the sixth step of eight."""
        stop_after(6)
        assert finetune(short(data, tmp_path / "run"), resume=False) == 75
        stop_after(None)
        return tmp_path / "run"

    @pytest.mark.parametrize(
        ("name", "damage"),
        [
            ("model.safetensors", flip_a_bit),
            ("optimizer-1-of-1.pt", flip_a_bit),
            ("optimizer-1-of-1.pt", cut_short),
            ("tokenizer.json", Path.unlink),
            ("state.json", Path.unlink),
            ("state.json", cut_short),
            ("state.json", empty),
        ],
    )
    def test_is_passed_over_for_the_one_before_it(self, name, damage, stopped, data, tmp_path, capfd):
        last = stopped / "checkpoints" / "step-00000006"
        damage(last / name)
        assert finetune(short(data, stopped), resume=True) == 0
        assert f"{last}: is damaged ({name}" in capfd.readouterr().err
        assert [event["step"] for event in events(stopped, "resumed")] == [3]
        assert finetune(short(data, tmp_path / "whole"), resume=False) == 0
        assert losses(stopped) == losses(tmp_path / "whole")
        assert weights(stopped) == weights(tmp_path / "whole")

    def test_is_gone_once_the_run_has_gone_on(self, stopped, data, stop_after):
        empty(stopped / "checkpoints" / "step-00000006" / "model.safetensors")
        stop_after(4)
        assert finetune(short(data, stopped), resume=True) == 75
        assert sorted(path.name for path in (stopped / "checkpoints").iterdir()) == [
            "step-00000003",
            "step-00000004",
        ]

    def test_without_a_whole_one_is_refused(self, stopped, data):
        before = (stopped / "metrics.jsonl").read_bytes()
        for step in (3, 6):
            empty(stopped / "checkpoints" / f"step-0000000{step}" / "model.safetensors")
        assert finetune(short(data, stopped), resume=True) == 1
        assert "is whole: model.safetensors. Remove that folder" in status(stopped)["message"]
        assert (stopped / "metrics.jsonl").read_bytes().startswith(before)
        shutil.rmtree(stopped / "checkpoints")
        assert finetune(short(data, stopped), resume=True) == 0


@pytest.mark.slow
def test_a_run_that_is_stopped_where_it_measures_itself_measures_the_same(data, tmp_path, stop_after):
    rows = [{**row, "instruction": f"{number}: {row['instruction']}"} for number in range(5) for row in ROWS]
    write_rows(data, rows)
    often = {"max_steps": 6, "evaluation_records": 3, "evaluation_steps": 2}
    whole, broken = (short(data, tmp_path / name, **often) for name in ("whole", "broken"))
    assert finetune(whole, resume=False) == 0
    for step in (2, 3, 4):
        stop_after(step)
        assert finetune(broken, resume=step > 2) == 75
    stop_after(None)
    assert finetune(broken, resume=True) == 0
    measured = [
        [(event["step"], event["loss"]) for event in events(tmp_path / name, "evaluation")]
        for name in ("whole", "broken")
    ]
    assert [step for step, _ in measured[0]] == [2, 4, 6]
    assert measured[0] == measured[1]


def test_a_run_that_goes_on_is_as_far_as_it_was_while_it_prepares(data, tmp_path, stop_after, monkeypatch):
    stop_after(3)
    assert finetune(short(data, tmp_path / "run"), resume=False) == 75
    stop_after(None)
    seen = []
    prepare = preparation.prepare
    monkeypatch.setattr(
        preparation,
        "prepare",
        lambda *args, **options: seen.append(status(tmp_path / "run")) or prepare(*args, **options),
    )
    assert finetune(short(data, tmp_path / "run"), resume=True) == 0
    assert [(told["state"], told["step"], told["steps"]) for told in seen] == [("running", 3, 8)]
