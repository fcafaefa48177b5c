"""The last layer's MLP runs on the tokens that are wanted and on no others: nobody would read what it makes of the rest.

Every token's keys and values are wanted, and so is what the layers before make of it. Attention and its two maps go on
running on every token too: to spare those, where they can be spared, would save an eighth as much again.
"""

from typing import Any

import torch
from transformers import PreTrainedModel


def take_wanted(model: PreTrainedModel, mlp: torch.nn.Module) -> None:
    """Let the model's body take `wanted`, (places,) int64: the tokens of a row whose last hidden state will be read.

    `mlp`: the last layer's. What the body then gives for the other tokens is not the model's; without `wanted` all of it
    is. A layer that is computed again asks again: a row's backward pass comes before the next row's forward pass.
    """
    sparing = _Sparing()
    model.base_model.register_forward_pre_hook(sparing.tell, with_kwargs=True)
    mlp.register_forward_pre_hook(sparing.choose)
    mlp.register_forward_hook(sparing.put_back)


class _Sparing:
    """What a model's hooks know of the row in hand. They know no module: one that knew itself would outlive its use."""

    def __init__(self) -> None:
        self._wanted: torch.Tensor | None = None
        self._tokens = 0

    def tell(self, _body: torch.nn.Module, _args: object, options: dict[str, Any]) -> None:
        """Before the body: which tokens of the row are wanted."""
        self._wanted = options.pop("wanted", None)

    def choose(self, _mlp: torch.nn.Module, args: tuple[torch.Tensor]) -> torch.Tensor | None:
        """Before the MLP: of (1, tokens, width) those tokens."""
        if self._wanted is None:
            return None
        [hidden] = args
        self._tokens = hidden.shape[1]
        return hidden.index_select(1, self._wanted)

    def put_back(self, _mlp: torch.nn.Module, _args: object, made: torch.Tensor) -> torch.Tensor:
        """After it: what it made, in its places, (1, tokens, width), and nothing in the others."""
        if self._wanted is None:
            return made
        return made.new_zeros(1, self._tokens, made.shape[2]).index_copy(1, self._wanted, made)
