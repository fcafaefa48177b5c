"""AdamW that keeps every update in bf16 weights and its moments in a byte each. torch's own serves 32-bit weights.

At Dolly's learning rate an update is smaller than half a step between two bf16 numbers: rounded to the nearest, 85 %
of the weights would never move. So bf16 weights are either the upper half of a 32-bit one, whose lower half the
optimizer keeps, or rounded at random in proportion.
"""

import shutil
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from importlib.util import find_spec
from typing import Any

import torch
from torch.distributed.tensor import DTensor

from training.lowbit import BLOCK, LEVELS, SIGNED_LEVELS, decode, encode, join, round_stochastically, split

# databrickslabs/dolly, `config/`: AdamW without weight decay.
BETAS = (0.9, 0.999)
EPSILON = 1e-8

# How many numbers are updated at once: their 32-bit copies stay below half a gigabyte.
PIECE = 2**24
assert PIECE % BLOCK == 0  # noqa: S101 (a law of the two constants)

ADAMW, SPLIT, STOCHASTIC = "adamw", "split-8bit", "stochastic"

# The running means of gradients and of their squares, and in how many steps a byte spells each.
MOMENTS = {"first": SIGNED_LEVELS, "second": LEVELS}

State = dict[str, Any]
# New weights, their lower halves, and two moments, each with its scales.
Moved = tuple[torch.Tensor, torch.Tensor | None, torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]


def new_optimizer(parameters: Iterable[torch.nn.Parameter], *, name: str, seed: int) -> torch.optim.Optimizer:
    """The optimizer of that name; the loop sets its learning rate. Raises ValueError for what would lose updates."""
    trained = [parameter for parameter in parameters if parameter.requires_grad]
    if name != ADAMW:
        return LowMemoryAdamW(trained, stochastic=name == STOCHASTIC, seed=seed)
    if any(parameter.dtype.itemsize < 4 for parameter in trained):
        raise ValueError(f"{ADAMW} moves weights of 32 bits or more; {SPLIT} and {STOCHASTIC} move others.")
    # Fused, it reads each weight once instead of once an operation: a sixth of the time, and other last bits.
    return torch.optim.AdamW(trained, lr=0.0, betas=BETAS, eps=EPSILON, weight_decay=0.0, fused=True)


class LowMemoryAdamW(torch.optim.Optimizer):
    """AdamW for weights in bf16 or float32 and gradients in either, with moments of one byte.

    A bf16 weight is split, or rounded stochastically if so asked; one in float32 needs neither.
    """

    def __init__(self, parameters: Iterable[torch.nn.Parameter], *, stochastic: bool, seed: int) -> None:
        super().__init__(parameters, {"lr": 0.0})
        self._stochastic = stochastic
        # Its own, so that no other use of randomness changes a run.
        device = self.param_groups[0]["params"][0].device
        self._random = torch.Generator(device).manual_seed(seed)

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> None:  # type: ignore[override]
        """Move every weight that has a gradient. There is no closure."""
        if closure is not None:
            raise ValueError("The gradients must be there already.")
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is not None:
                    self._move(parameter, learning_rate=group["lr"])

    def state_dict(self) -> State:
        """As torch's, and the random state."""
        return {**super().state_dict(), "random": self._random.get_state()}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Take a state back in its own dtypes; torch's would cast every tensor to its weight's."""
        self._random.set_state(state_dict["random"])
        parameters = [parameter for group in self.param_groups for parameter in group["params"]]
        self.state.clear()
        for number, state in state_dict["state"].items():
            device = parameters[number].device
            self.state[parameters[number]] = {
                key: value.to(device, copy=True) if isinstance(value, torch.Tensor) else value
                for key, value in state.items()
            }

    def _move(self, parameter: torch.nn.Parameter, *, learning_rate: float) -> None:
        """One weight tensor, piece by piece; of a sharded one this process's share."""
        assert parameter.grad is not None  # noqa: S101 (`step` has asked)
        weights, gradients = _local(parameter).view(-1), _local(parameter.grad).reshape(-1)
        state = self.state[parameter] or self._begin(parameter, weights)
        state["step"] += 1
        rates = rates_of(state["step"], learning_rate=learning_rate, device=weights.device)
        for start in range(0, weights.numel(), PIECE):
            piece = slice(start, start + PIECE)
            blocks = slice(start // BLOCK, (start + PIECE) // BLOCK)
            kept = [
                view for name in MOMENTS for view in (state[name][piece], state[f"{name}_scales"][blocks])
            ]
            rest = self._rest(weights[piece], state, piece)
            new, low, *moments = kernel(weights.device.type)(
                weights[piece], rest, gradients[piece], *kept, *rates
            )
            weights[piece] = new
            if low is not None:
                state["low"][piece] = low
            for old, moment in zip(kept, moments, strict=True):
                old.copy_(moment)

    def _begin(self, parameter: torch.nn.Parameter, weights: torch.Tensor) -> State:
        """Moments of zero. Weights that come in bf16 are exact: nothing is left out of them yet."""
        state: State = self.state[parameter]
        state["step"] = 0
        blocks = -(-weights.numel() // BLOCK)
        for name, levels in MOMENTS.items():
            dtype = torch.uint8 if levels == LEVELS else torch.int8
            state[name] = torch.zeros_like(weights, dtype=dtype)
            state[f"{name}_scales"] = weights.new_zeros(blocks, dtype=torch.float32)
        if weights.dtype == torch.bfloat16 and not self._stochastic:
            state["low"] = torch.zeros_like(weights, dtype=torch.int16)
        return state

    def _rest(self, weights: torch.Tensor, state: State, piece: slice) -> torch.Tensor | None:
        """What `moved` wants to know beside the weights."""
        if "low" in state:
            low: torch.Tensor = state["low"][piece]
            return low
        if weights.dtype == torch.float32:
            return None
        size, random = weights.shape, self._random
        return torch.randint(2**16, size, generator=random, dtype=torch.int32, device=weights.device)


def moved(
    weights: torch.Tensor,
    rest: torch.Tensor | None,
    gradients: torch.Tensor,
    first: torch.Tensor,
    first_scales: torch.Tensor,
    second: torch.Tensor,
    second_scales: torch.Tensor,
    rate: torch.Tensor,
    divisor: torch.Tensor,
) -> Moved:
    """One step of AdamW: the new weights, their lower halves if they have such, the new moments and their scales.

    All (numbers,) but the scales, (blocks,), and the two of `rates_of`. `rest`: the lower halves of split weights,
    int16; noise for those rounded stochastically, int32; nothing for float32. The operations are those of torch's
    AdamW without decay, in its order, bit for bit where they are not compiled.
    """
    gradients = gradients.float()
    mean = decode(first, first_scales, levels=SIGNED_LEVELS).lerp(gradients, 1 - BETAS[0])
    square = decode(second, second_scales, levels=LEVELS) * BETAS[1]
    square = square.addcmul(gradients, gradients, value=1 - BETAS[1])
    splits = rest is not None and rest.dtype == torch.int16
    exact = join(weights, rest) if rest is not None and splits else weights.float()
    exact = exact + rate * mean / (square.sqrt() / divisor + EPSILON)
    low = None
    if rest is None:
        new = exact
    elif splits:
        new, low = split(exact)
    else:
        new = round_stochastically(exact, noise=rest)
    return new, low, *encode(mean, levels=SIGNED_LEVELS), *encode(square, levels=LEVELS)


def rates_of(step: int, *, learning_rate: float, device: torch.device) -> tuple[torch.Tensor, torch.Tensor]:
    """The step's rate and the divisor of its spread, each corrected for moments that began with nothing.

    As tensors, for a compiled kernel takes a new number as a new program.
    """
    rate = -learning_rate / (1 - BETAS[0] ** step)
    divisor = (1 - BETAS[1] ** step) ** 0.5
    return torch.tensor(rate, device=device), torch.tensor(divisor, device=device)


@cache
def kernel(device: str) -> Callable[..., Moved]:
    """`moved`, on a GPU as one kernel: done one operation after the other it would take longer than the model."""
    if device == "cuda" and find_spec("triton") and (shutil.which("cc") or shutil.which("gcc")):
        return torch.compile(moved, dynamic=True)
    return moved


def _local(tensor: torch.Tensor) -> torch.Tensor:
    local: torch.Tensor = tensor.to_local() if isinstance(tensor, DTensor) else tensor
    return local
