"""Attention within records: on the GPU's way what can be said without one, and what an opening that they share learns."""

from itertools import accumulate, repeat

import pytest
import torch
from torch.nn.functional import scaled_dot_product_attention

from training import attention


class TestRaggedAttention:
    """What can be said of the GPU's way without one."""

    def test_is_causal_by_whatever_argument_this_torch_has(self):
        def newer(q, k, v, *, scale=None, window_size=(-1, -1)): ...
        def older(q, k, v, *, scale=None, is_causal=False): ...

        assert attention.causal(newer) == {"window_size": (-1, 0)}
        assert attention.causal(older) == {"is_causal": True}
        assert attention.causal(attention.varlen_attn)

    def test_lays_out_its_rows_as_the_kernel_wants_them(self, monkeypatch):
        """A stand-in for the kernel, which takes (tokens, heads, head size), here in 64 bits."""

        def stand_in(q, k, v, starts, _, longest, __, *, scale=None, window_size=(-1, -1)):
            assert (starts.dtype, starts.tolist(), longest, window_size) == (torch.int32, bounds, 5, (-1, 0))
            records = zip(*(x.transpose(0, 1).split([3, 5, 1], dim=1) for x in (q, k, v)), strict=True)
            parts = [scaled_dot_product_attention(*r, is_causal=True, scale=scale) for r in records]
            return torch.cat(parts, dim=1).transpose(0, 1)

        monkeypatch.setattr(attention, "varlen_attn", stand_in)
        bounds, shape = [0, 3, 8, 9], (1, 2, 9, 4)
        query, key, value = torch.randn(3, *shape, dtype=torch.float64)
        options = {"bounds": bounds, "scaling": 0.5}
        ours, _ = attention.attend_within_records(torch.nn.Identity(), query, key, value, None, **options)
        for offsets in (None, torch.tensor(bounds, dtype=torch.int32)):
            ragged = attention._ragged(query, key, value, offsets=offsets, **options)
            assert torch.allclose(ragged, ours, rtol=0, atol=1e-12)

    def test_is_refused_where_it_could_look_ahead(self):
        def other(q, k, v, *, scale=None, mask=None): ...

        with pytest.raises(RuntimeError, match="use another torch"):
            attention.causal(other)


def test_an_opening_that_many_records_share_learns_in_16_bits_as_exactly_as_any_token():
    """Its gradient is the sum over all records. Added up one by one in 16 bits it would be off by a hundredth."""
    records, opening, own = 48, 4, 2
    bounds = list(accumulate(repeat(opening + own, records), initial=0))
    chance = torch.Generator().manual_seed(1)
    row = torch.randn(3, 1, 2, opening + records * own, 8, generator=chance).bfloat16()
    above = torch.randn(1, opening + records * own, 2, 8, generator=chance).bfloat16()

    def gradient(dtype):
        known = row.to(dtype).requires_grad_()
        attended, _ = attention.attend_within_records(
            torch.nn.Identity(), *known, None, bounds=bounds, scaling=0.3, opening=opening
        )
        [found] = torch.autograd.grad(attended, known, above.to(dtype))
        return found[..., :opening, :].double()

    exact = gradient(torch.float64)
    assert (gradient(torch.bfloat16) - exact).norm() / exact.norm() < 0.005
