"""Numbers in fewer bits: a 32-bit weight as two 16-bit halves, stochastic rounding, and moments in one byte.

Plain functions on tensors, without state; `optimizer` is what uses them.
"""

import torch

BLOCK = 128  # Numbers that share a scale: a byte each, and 4 / 128 of a byte for it.
SIGNED_LEVELS, LEVELS = 127, 255  # of int8 with its sign, of uint8


def split(weights: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Float32 as its nearest bfloat16 and what that leaves out, int16. `join` gives every bit back."""
    bits = weights.view(torch.int32)
    high = (bits + 0x8000) >> 16
    low = bits - (high << 16)
    return high.to(torch.int16).view(torch.bfloat16), low.to(torch.int16)


def join(high: torch.Tensor, low: torch.Tensor) -> torch.Tensor:
    """The float32 that `split` took apart."""
    bits = (high.view(torch.int16).to(torch.int32) << 16) + low
    return bits.view(torch.float32)


def round_stochastically(values: torch.Tensor, *, noise: torch.Tensor) -> torch.Tensor:
    """Finite float32 to one of the two bfloat16 beside each, the nearer the likelier: the mean stays.

    `noise`: int32 of the same shape, uniform from 0 to 65,535.
    """
    return ((values.view(torch.int32) + noise) >> 16).to(torch.int16).view(torch.bfloat16)


def encode(values: torch.Tensor, *, levels: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Float32 in (numbers,) as codes of one byte, (numbers,), and a float32 scale a block of `BLOCK`, (blocks,).

    A code is the square root of a number's share of the largest beside it, which keeps small ones apart; equal
    steps would not (Gonzalez Ortiz et al., 2026, "FlashOptim", which compands moments too). No number that is not
    zero becomes zero where codes have no sign: a second moment divides.
    """
    blocks = _in_blocks(values)
    scales = blocks.abs().amax(dim=1)
    shares = blocks / scales.clamp_min(torch.finfo(torch.float32).tiny)[:, None]
    codes = (shares.abs().sqrt_() * levels).round_()
    if levels == LEVELS:
        codes = torch.where(blocks > 0, codes.clamp_min(1), codes)
        return codes.to(torch.uint8).flatten()[: values.numel()], scales
    return codes.copysign_(blocks).to(torch.int8).flatten()[: values.numel()], scales


def decode(codes: torch.Tensor, scales: torch.Tensor, *, levels: int) -> torch.Tensor:
    """The numbers that `encode` was given, nearly: float32, (numbers,)."""
    roots = _in_blocks(codes.float()) / levels
    return (roots * roots.abs() * scales[:, None]).flatten()[: codes.numel()]


def _in_blocks(values: torch.Tensor) -> torch.Tensor:
    """(numbers,) to (blocks, BLOCK), the last filled up with zeros."""
    return torch.nn.functional.pad(values, (0, -values.numel() % BLOCK)).view(-1, BLOCK)
