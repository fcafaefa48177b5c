"""A packed row as tensors, and its loss. The output head runs on the tokens that bear loss and on no others."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import Any, cast

import numpy as np
import torch
from torch.utils.checkpoint import checkpoint
from transformers import PreTrainedModel

from training.data import Example

# Logits in 32 bits that may be alive at once; those of a step of Dolly's 48 records would take 0.8 GB.
LOGIT_BYTES = 500_000_000
# Of 50,304 logits in 32 bits: 3 MB.
ROWS_IN_CACHE = 16


@dataclass(frozen=True, slots=True)
class Row:
    """Some records side by side, after the `opening` tokens that all of them begin with.

    `ids`, `positions`: (1, tokens) int64; `bounds`, `offsets`: as `attention` wants them; `predicting`: (targets,) int64,
    the places whose next token bears loss; `targets`: (targets,) int64, those tokens.
    """

    ids: torch.Tensor
    positions: torch.Tensor
    bounds: list[int]
    offsets: torch.Tensor
    opening: int
    predicting: torch.Tensor
    targets: torch.Tensor

    def to(self, device: torch.device) -> "Row":
        """The same row over there."""
        if self.ids.device == device:
            return self
        names = ("ids", "positions", "offsets", "predicting", "targets")
        return replace(self, **{name: getattr(self, name).to(device) for name in names})


def row_of(examples: Sequence[Example]) -> Row:
    """Lay the records side by side, what they all open with but once."""
    opening = common_opening(examples)
    own = [torch.from_numpy(example.ids[opening:]).long() for example in examples]
    positions = [torch.arange(opening, len(example)) for example in examples]
    starts = list(accumulate((len(ids) for ids in own), initial=opening))
    predicting = [
        torch.arange(start + example.prompt_tokens, start + len(example)) - opening - 1
        for start, example in zip(starts, examples, strict=False)
    ]
    bounds = list(accumulate((len(example) for example in examples), initial=0))
    return Row(
        torch.cat([torch.from_numpy(examples[0].ids[:opening]).long(), *own])[None],
        torch.cat([torch.arange(opening), *positions])[None],
        bounds,
        torch.tensor(bounds, dtype=torch.int32),
        opening,
        torch.cat(predicting),
        torch.cat([torch.from_numpy(example.ids[example.prompt_tokens :]).long() for example in examples]),
    )


def common_opening(examples: Sequence[Example]) -> int:
    """How many tokens a row need hold but once: what its records open with; none if one opens otherwise, or is alone."""
    first, *others = examples
    opening = first.ids[: first.opening_tokens]
    same = all(np.array_equal(example.ids[: example.opening_tokens], opening) for example in others)
    return len(opening) if others and same else 0


class WithLoss(torch.nn.Module):
    """A model and its loss as one module: several processes gather a module's weights around its `forward` alone."""

    def __init__(self, model: PreTrainedModel) -> None:
        super().__init__()
        self.model = model

    def forward(self, row: Row) -> torch.Tensor:
        """The loss of each target, as `token_losses` has it."""
        return token_losses(self.model, row)


def token_losses(model: PreTrainedModel | WithLoss, row: Row) -> torch.Tensor:
    """The loss of each target, (targets,), in 32 bits at least. Needs a model with `attention.NAME`."""
    if isinstance(model, WithLoss):
        found: torch.Tensor = model(row)
        return found
    row = row.to(model.device)
    # With its cache left on, transformers lets records see each other; see `attention`.
    hidden = model.base_model(
        input_ids=row.ids,
        position_ids=row.positions,
        bounds=row.bounds,
        offsets=row.offsets,
        opening=row.opening,
        wanted=row.predicting,
        use_cache=False,
    ).last_hidden_state[0, row.predicting]
    return head_losses(cast("torch.nn.Linear", model.get_output_embeddings()), hidden, row.targets)


def head_losses(head: torch.nn.Linear, hidden: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """The loss of each target from the hidden state before it, (targets, width).

    Where logits would take more than `LOGIT_BYTES` they are made in parts, and made again for the gradient.
    """
    at_once = max(1, LOGIT_BYTES // (4 * head.out_features))
    if len(targets) <= at_once:
        return _losses(head, hidden, targets)
    parts = zip(hidden.split(at_once), targets.split(at_once), strict=True)
    return torch.cat([checkpoint(_losses, head, *part, use_reentrant=False) for part in parts])


def _losses(head: torch.nn.Linear, hidden: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    logits = head(hidden)
    exact = torch.promote_types(logits.dtype, torch.float32)
    found: torch.Tensor = CrossEntropy.apply(logits.to(exact), targets)  # type: ignore[no-untyped-call]
    return found


class CrossEntropy(torch.autograd.Function):
    """The loss of each target, (targets,), from logits, (targets, vocabulary), which must serve nothing else.

    They are the largest thing in memory: over them are written their exponentials, a few rows at a time that stay in
    the processor's cache, and over those the gradient. torch's own would write each anew, and take exponentials twice.
    """

    @staticmethod
    def forward(ctx: Any, logits: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        """Minus the logarithm of each target's probability."""
        found, sums = zip(
            *map(_exponentiate, logits.split(ROWS_IN_CACHE), targets.split(ROWS_IN_CACHE)), strict=True
        )
        ctx.save_for_backward(logits, targets, torch.cat(sums))
        return torch.cat(found)

    @staticmethod
    def backward(ctx: Any, *gradients: torch.Tensor) -> tuple[torch.Tensor, None]:
        """The probabilities, less one for the target, times what the loss counts."""
        exponentials, targets, sums = ctx.saved_tensors
        [counts] = gradients
        exponentials.mul_((counts / sums)[:, None])
        return exponentials.scatter_add_(-1, targets[:, None], -counts[:, None]), None


def _exponentiate(logits: torch.Tensor, targets: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """In place, less each row's largest; returns the losses and the sums of what came of it."""
    logits.sub_(logits.amax(-1, keepdim=True))
    at_targets = logits.gather(-1, targets[:, None])[:, 0]
    sums = logits.exp_().sum(-1)
    return sums.log() - at_targets, sums
