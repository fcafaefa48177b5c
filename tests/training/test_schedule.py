import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.config import settings_of
from training.loop import Schedule
from training.recipes import RECIPES


def schedule(*, steps=100, **overrides):
    asked = {"learning_rate": 1e-3, "warmup_steps": 10, **overrides}
    return Schedule.of(settings_of(RECIPES["smoke"], asked), steps=steps)


class TestWarmingUp:
    def test_linearly_rises_by_the_same_each_step(self):
        found = schedule(warmup="linear", schedule="constant")
        assert [found.at(step) for step in (1, 5, 10, 11, 100)] == pytest.approx(
            [1e-4, 5e-4, 1e-3, 1e-3, 1e-3]
        )

    def test_logarithmically_starts_at_nothing_as_deepspeed_does(self):
        """deepspeedai/DeepSpeed, `WarmupLR`: log(step) / log(warm-up steps), counted from 1."""
        found = schedule(warmup="logarithmic", schedule="constant")
        assert [found.at(step) for step in (1, 2, 5, 10, 11)] == pytest.approx(
            [0, 1e-3 * math.log10(2), 1e-3 * math.log10(5), 1e-3, 1e-3]
        )

    @pytest.mark.parametrize("steps", [0, 1])
    @pytest.mark.parametrize("warmup", ["linear", "logarithmic"])
    def test_of_no_steps_starts_at_the_highest_rate(self, warmup, steps):
        assert schedule(warmup=warmup, warmup_steps=steps, schedule="constant").at(1) == 1e-3


class TestCoolingDown:
    @given(steps=st.integers(1, 1_000), warmup_steps=st.integers(0, 1_000))
    def test_only_ever_falls_after_the_warm_up_and_stays_above_nothing(self, steps, warmup_steps):
        found = schedule(schedule="cosine", steps=steps, warmup_steps=warmup_steps)
        rates = [found.at(step) for step in range(max(warmup_steps, 1), steps + 1)]
        assert rates == sorted(rates, reverse=True)
        assert all(0 < rate <= 1e-3 for rate in rates)
