"""Halves that join to the same bits, roundings that keep the mean, bytes that keep what a moment is for."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from training.lowbit import LEVELS, SIGNED_LEVELS, decode, encode, join, round_stochastically, split

FINITE = arrays.arrays(np.float32, st.integers(1, 300), elements=st.floats(-(2.0**100), 2.0**100, width=32))
ANY = arrays.arrays(np.float32, st.integers(1, 50), elements=st.floats(width=32))


def bits(values):
    return values.view(torch.int32)


class TestASplitWeight:
    @given(ANY)
    def test_joins_to_every_bit(self, values):
        weights = torch.from_numpy(values)
        assert torch.equal(bits(join(*split(weights))), bits(weights))

    @given(FINITE)
    def test_has_a_nearest_bf16_as_its_upper_half(self, values):
        weights = torch.from_numpy(values)
        high, _ = split(weights)
        theirs = weights.bfloat16()  # Rounds ties to even, we away from zero: as near.
        assert torch.equal((high.double() - weights).abs(), (theirs.double() - weights).abs())


class TestStochasticRounding:
    def test_keeps_a_number_that_bf16_has(self):
        exact = torch.tensor([1.0, -0.5, 3.140625, 0.0])
        noise = torch.full((4,), 65_535, dtype=torch.int32)
        assert torch.equal(round_stochastically(exact, noise=noise).float(), exact)

    def test_takes_the_upper_neighbour_as_often_as_the_number_is_near_it(self):
        values = torch.full((65_536,), 1.0 + 2**-7 * 0.3)  # Three tenths of the way to the next bf16.
        every_noise = torch.arange(65_536, dtype=torch.int32)
        rounded = round_stochastically(values, noise=every_noise).double()
        assert sorted(set(rounded.tolist())) == [1.0, 1.0 + 2**-7]
        assert rounded.mean().item() == pytest.approx(values[0].item(), abs=1e-7)


class TestAByteAMoment:
    @given(FINITE)
    def test_is_within_a_step_of_its_number(self, values):
        numbers = torch.from_numpy(values)
        codes, scales = encode(numbers, levels=SIGNED_LEVELS)
        found = decode(codes, scales, levels=SIGNED_LEVELS)
        assert (codes.dtype, codes.shape, found.shape) == (torch.int8, numbers.shape, numbers.shape)
        largest = scales.repeat_interleave(128)[: len(numbers)]
        # Half a step between roots, a / 254 apart, is at most a / 127 + 1 / 254² between squares.
        step = (numbers.abs() * largest).sqrt() / 127 + largest / 254**2
        assert ((found - numbers).abs() <= step * 1.001 + 1e-37).all()

    @given(FINITE)
    def test_of_a_square_is_never_zero_but_for_zero(self, values):
        squares = torch.from_numpy(values).abs().clamp_max(2.0**60).square()
        codes, _ = encode(squares, levels=LEVELS)
        assert torch.equal(codes == 0, squares == 0)

    def test_keeps_zeros_and_the_largest_of_each_block(self):
        numbers = torch.zeros(300)
        numbers[5], numbers[200] = -3.7, 1e-6
        assert torch.equal(decode(*encode(numbers, levels=SIGNED_LEVELS), levels=SIGNED_LEVELS), numbers)
