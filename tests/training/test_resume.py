"""Whatever moves the weights, a run that was stopped goes on bit for bit, and on nothing else than it began with."""

import json
import shutil
from dataclasses import replace
from hashlib import sha256

import pytest

from tests.training.test_finetune import losses, short, status, weights
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
