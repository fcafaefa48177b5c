"""Whatever moves the weights, a run that was stopped goes on bit for bit."""

import pytest

from tests.training.test_finetune import losses, short, weights
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
