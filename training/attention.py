"""Causal attention inside each record of a packed row: records never see each other.

transformers infers such a mask from position ids only while no mask and no cache are in play, and says nothing when
it does not (huggingface/transformers 39194, 46634). Here the records' bounds are an argument.
"""

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch.nn.functional import scaled_dot_product_attention
from transformers import AttentionInterface

NAME = "records"


def attend_within_records(
    module: torch.nn.Module,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    *,
    bounds: Sequence[int],
    scaling: float,
    dropout: float = 0.0,
    **_: object,
) -> tuple[torch.Tensor, None]:
    """Query, key, value: (1, heads, tokens, head size). `bounds`: where each record starts, and the row's end.

    Returns (1, tokens, heads, head size), as transformers wants it.
    """
    lengths = [end - start for start, end in pairwise(bounds)]
    apart = zip(*(torch.split(part, lengths, dim=2) for part in (query, key, value)), strict=True)
    parts = [
        scaled_dot_product_attention(q, k, v, dropout_p=dropout, is_causal=True, scale=scaling)
        for q, k, v in apart
    ]
    return torch.cat(parts, dim=2).transpose(1, 2), None


AttentionInterface.register(NAME, attend_within_records)
