"""Which activations are kept for the backward pass, and which are computed a second time."""

from functools import partial

import torch
from torch.nn.attention import varlen  # noqa: F401 (registers its operator)
from torch.utils.checkpoint import create_selective_checkpoint_contexts
from transformers import PreTrainedModel

NONE, SELECTIVE, FULL = "none", "selective", "full"

# What `selective` keeps: products of matrices and attention, which cost the arithmetic. Norms, activations and
# rotations are cheap to repeat and hold half the bytes: 18 a token, layer and unit of width in bf16, of 34.
KEPT_PRODUCTS = [
    getattr(namespace, name).default
    for namespace, names in (
        (torch.ops.aten, ("mm", "addmm", "bmm")),
        (torch.ops.aten, ("_scaled_dot_product_flash_attention_for_cpu",)),
        (torch.ops.aten, ("_scaled_dot_product_flash_attention", "_scaled_dot_product_efficient_attention")),
        (torch.ops.torch_attn, ("_varlen_attn",)),
    )
    for name in names
]


def apply(model: PreTrainedModel, how: str) -> None:
    """From now on the model's layers keep everything, the expensive part, or only their inputs."""
    if how == NONE:
        return
    options: dict[str, object] = {"use_reentrant": False}
    if how == SELECTIVE:
        options["context_fn"] = partial(create_selective_checkpoint_contexts, KEPT_PRODUCTS)
    model.activation_checkpointing_enable(activation_checkpointing_kwargs=options)
