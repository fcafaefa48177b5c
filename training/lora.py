"""LoRA: the weights stay as they are, and two thin matrices beside each learn (E. Hu and others, 2021).

Of the embedding and of the output head the rows of the prompt's markers learn too, whole: a base has never seen `### End`,
and a model that cannot say it never stops. Both ends of GPT-NeoX and GPT-J are untied, so both get rows.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypeAlias, cast

import torch
from safetensors.torch import load_file, save_file
from torch.nn.functional import linear
from transformers import PreTrainedModel

ADAPTER = "adapter.safetensors"

Weights: TypeAlias = Mapping[str, torch.Tensor]


class AdaptedLinear(torch.nn.Linear):
    """(..., in) to (..., out): W x + b, and what learns beside it, alpha / rank · up (down x), in 32 bits."""

    def __init__(self, kept: torch.nn.Linear, *, rank: int, alpha: float) -> None:
        super().__init__(kept.in_features, kept.out_features, device="meta")
        self.weight, self.bias = kept.weight, kept.bias
        self.down = _learning(kept.weight, rank, kept.in_features)
        self.up = _learning(kept.weight, kept.out_features, rank)
        torch.nn.init.kaiming_uniform_(self.down, a=5**0.5)  # As microsoft/LoRA, `loralib/layers.py`.
        self.scale = alpha / rank

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        beside = linear(linear(x, self.down.to(x.dtype)), self.up.to(x.dtype))
        return linear(x, self.weight, self.bias) + self.scale * beside

    def merged(self, own: Weights) -> torch.Tensor:
        """The one matrix that does the same, (out, in)."""
        weight, up, down = own["weight"], own["up"], own["down"]
        return (weight.to(up.dtype) + self.scale * up @ down).to(weight.dtype)


class AdaptedEmbedding(torch.nn.Embedding):
    """An embedding to whose rows `ids` something learned is added."""

    ids: torch.Tensor

    def __init__(self, kept: torch.nn.Embedding, *, ids: Sequence[int]) -> None:
        super().__init__(kept.num_embeddings, kept.embedding_dim, kept.padding_idx, device="meta")
        self.weight = kept.weight
        self.rows = _learning(kept.weight, len(ids), kept.weight.shape[1])
        self.register_buffer("ids", torch.tensor(ids, device=kept.weight.device), persistent=False)

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        """Tokens (...) to (..., width)."""
        chosen = torch.eq(tokens[..., None], self.ids).to(self.weight.dtype)
        return super().forward(tokens) + chosen @ self.rows.to(self.weight.dtype)

    def merged(self, own: Weights) -> torch.Tensor:
        """The matrix that does the same, (tokens, width)."""
        return _with_rows(own, self.ids)


class AdaptedHead(torch.nn.Linear):
    """An output head to whose rows `ids` something learned is added."""

    ids: torch.Tensor

    def __init__(self, kept: torch.nn.Linear, *, ids: Sequence[int]) -> None:
        super().__init__(kept.in_features, kept.out_features, device="meta")
        self.weight, self.bias = kept.weight, kept.bias
        self.rows = _learning(kept.weight, len(ids), kept.weight.shape[1])
        self.register_buffer("ids", torch.tensor(ids, device=kept.weight.device), persistent=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(..., width) to logits (..., tokens)."""
        logits = linear(x, self.weight, self.bias)
        return logits.index_add(-1, self.ids, linear(x, self.rows.to(x.dtype)))

    def merged(self, own: Weights) -> torch.Tensor:
        """The matrix that does the same, (tokens, width)."""
        return _with_rows(own, self.ids)


Adapted = AdaptedLinear | AdaptedEmbedding | AdaptedHead


def adapt(model: PreTrainedModel, *, rank: int, alpha: float, ids: Sequence[int], seed: int) -> None:
    """Freeze the model, and let every linear map of its layers and the rows `ids` of its two ends learn beside it.

    At first it answers as before: what is added begins with nothing.
    """
    model.requires_grad_(requires_grad=False)
    torch.manual_seed(seed)
    for parent in list(model.base_model.modules()):
        for name, child in parent.named_children():
            if isinstance(child, torch.nn.Linear):
                setattr(parent, name, AdaptedLinear(child, rank=rank, alpha=alpha))
    embedding, head = model.get_input_embeddings(), model.get_output_embeddings()
    model.set_input_embeddings(AdaptedEmbedding(cast("torch.nn.Embedding", embedding), ids=ids))
    model.set_output_embeddings(AdaptedHead(cast("torch.nn.Linear", head), ids=ids))


def is_adapted(model: PreTrainedModel) -> bool:
    """Whether `adapt` was here."""
    return isinstance(model.get_output_embeddings(), AdaptedHead)


def merged(model: PreTrainedModel, weights: Weights) -> dict[str, torch.Tensor]:
    """The weights of the plain model that answers the same, by their usual names."""
    learned = _learned(model)
    plain = {name: weight for name, weight in weights.items() if name not in learned}
    for name, part in model.named_modules():
        if isinstance(part, Adapted):
            own = {
                key.removeprefix(f"{name}."): weights[key] for key in weights if key.startswith(f"{name}.")
            }
            plain[f"{name}.weight"] = part.merged(own)
    return plain


def save(model: PreTrainedModel, weights: Weights, folder: Path) -> None:
    """Write what learns, and nothing else."""
    save_file({name: weights[name].contiguous() for name in _learned(model)}, folder / ADAPTER)


@torch.no_grad()
def restore(model: PreTrainedModel, folder: Path) -> None:
    """Give an adapted model back what `save` wrote of it."""
    kept = load_file(folder / ADAPTER)
    for name, value in model.named_parameters():
        if value.requires_grad:
            value.copy_(kept[name])


def _learned(model: PreTrainedModel) -> set[str]:
    return {name for name, value in model.named_parameters() if value.requires_grad}


def _with_rows(own: Weights, ids: torch.Tensor) -> torch.Tensor:
    weight, rows = own["weight"], own["rows"]
    whole = weight.clone()
    whole[ids.to(weight.device)] += rows.to(weight.dtype)
    return whole


def _learning(beside: torch.Tensor, *size: int) -> torch.nn.Parameter:
    """Zeros in 32 bits at least, whatever the weights beside have: steps of LoRA's size would be lost in 16."""
    dtype = torch.promote_types(beside.dtype, torch.float32)
    return torch.nn.Parameter(torch.zeros(size, device=beside.device, dtype=dtype))
