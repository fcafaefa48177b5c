"""What becomes of gradients: clipped, given to the optimizer, forgotten; after the backward pass or inside of it."""

from collections.abc import Iterable, Mapping, Sequence

import torch
from torch.distributed.tensor import DTensor

from training.config import Value

PREVIOUS_STEP = "previous-step"


class Update:
    """One step's gradients to weights: `begin`, then the backward passes, then `norm`, then `apply`.

    Clipping is `global`, by the norm of all of this step's gradients, as Dolly has it, or `previous-step`, by the
    norm of the step before (the first step is not clipped). That one is known early enough to move each weight
    within the backward pass and drop its gradient there, `in_backward`, which wants one backward pass a step.
    """

    def __init__(
        self,
        parameters: Iterable[torch.nn.Parameter],
        optimizer: torch.optim.Optimizer,
        settings: Mapping[str, Value],
    ) -> None:
        self.optimizer = optimizer
        self.previous_norm = 0.0
        self._trained = [parameter for parameter in parameters if parameter.requires_grad]
        self._clip_norm = float(settings["clip_norm"])
        self._clips_late = settings["clipping"] == PREVIOUS_STEP
        self._in_backward = bool(settings["in_backward"])
        self._norms: dict[torch.nn.Parameter, torch.Tensor] = {}
        if self._in_backward:
            for parameter in self._trained:
                parameter.register_post_accumulate_grad_hook(self._move)

    def begin(self, *, learning_rate: float) -> None:
        """Before the backward passes of a step."""
        self._norms.clear()
        for group in self.optimizer.param_groups:
            group["lr"] = learning_rate

    def norm(self) -> float:
        """The norm of this step's gradients, not clipped."""
        if not self._in_backward:
            self._norms = {parameter: _norm(gradient) for parameter, gradient in _gradients(self._trained)}
        return _total([self._norms[parameter] for parameter in self._trained if parameter in self._norms])

    def apply(self, norm: float) -> None:
        """Move the weights, unless they have moved already, and forget the gradients."""
        if not self._in_backward:
            self._clip(self._trained, norm=self.previous_norm if self._clips_late else norm)
            self.optimizer.step()
            self.optimizer.zero_grad(set_to_none=True)
        self.previous_norm = norm

    def _move(self, parameter: torch.nn.Parameter) -> None:
        """A hook: this parameter alone has a gradient now, and the optimizer passes over the others."""
        for _, gradient in _gradients([parameter]):
            self._norms[parameter] = _norm(gradient)
        self._clip([parameter], norm=self.previous_norm)
        self.optimizer.step()
        parameter.grad = None

    def _clip(self, parameters: Sequence[torch.nn.Parameter], *, norm: float) -> None:
        # The constant is that of torch's own `clip_grad_norm_`.
        coefficient = self._clip_norm / (norm + 1e-6)
        if coefficient < 1:
            for _, gradient in _gradients(parameters):
                gradient.mul_(coefficient)


def _gradients(parameters: Iterable[torch.nn.Parameter]) -> list[tuple[torch.nn.Parameter, torch.Tensor]]:
    return [(parameter, parameter.grad) for parameter in parameters if parameter.grad is not None]


def _norm(gradient: torch.Tensor) -> torch.Tensor:
    """In 32 bits at least, of the whole tensor where processes share it."""
    dtype = torch.promote_types(gradient.dtype, torch.float32)
    norm: torch.Tensor = torch.linalg.vector_norm(gradient, dtype=dtype)
    return norm.full_tensor() if isinstance(norm, DTensor) else norm


def _total(norms: Sequence[torch.Tensor]) -> float:
    return float(torch.linalg.vector_norm(torch.stack(list(norms)))) if norms else 0.0
