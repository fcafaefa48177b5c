"""GPT-J, whose attention transformers 5 lets nobody replace by name: a class of our own, kept inside each record."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import torch
from transformers import GPTJForCausalLM
from transformers.models.gptj.modeling_gptj import GPTJ_ATTENTION_CLASSES, GPTJAttention

from training import attention

ROW: tuple[str, ...] = ("bounds", "offsets", "opening")


class RecordAttention(GPTJAttention):
    """GPT-J's projections and rotations, with `attention.attend_within_records` in between."""

    # What `attention.attend_within_records` wants to know of the row in hand.
    row: Mapping[str, Any] = MappingProxyType({})

    def _attn(
        self,
        query: torch.Tensor,
        key: torch.Tensor,
        value: torch.Tensor,
        attention_mask: torch.Tensor | None = None,
    ) -> tuple[torch.Tensor, None]:
        """Query, key, value: (1, heads, tokens, head size), rotated. Returns the same shape."""
        if "bounds" not in self.row:
            raise ValueError(
                "A row needs the bounds of its records; a model that answers is loaded with 'eager'."
            )
        attended, _ = attention.attend_within_records(
            self,
            query,
            key,
            value,
            attention_mask,
            scaling=self.head_dim**-0.5,
            dropout=self.attn_dropout.p if self.training else 0.0,
            **self.row,
        )
        return attended.transpose(1, 2), None


GPTJ_ATTENTION_CLASSES[attention.NAME] = RecordAttention


def hand_bounds_down(model: GPTJForCausalLM) -> None:
    """Let the model take a row's bounds, as GPT-NeoX does: GPT-J's layers pass nothing on that they do not know."""

    def keep(module: torch.nn.Module, _args: Any, options: dict[str, Any]) -> None:
        row = {name: options.pop(name) for name in ROW if name in options}
        for part in module.modules():
            if isinstance(part, RecordAttention):
                part.row = row

    model.transformer.register_forward_pre_hook(keep, with_kwargs=True)
