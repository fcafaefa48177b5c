"""Causal attention inside each record of a packed row: records never see each other.

What all records of a row open with is computed once: what a token becomes depends on those before it, and there they are
the same. Each record attends to it as if it stood before the record.

transformers infers such a mask from position ids only while no mask and no cache are in play, and says nothing when
it does not (huggingface/transformers 39194, 46634). Here the records' bounds are an argument.
"""

import inspect
from collections.abc import Callable, Sequence
from functools import cache, partial
from itertools import pairwise
from typing import Any, cast

import torch
from torch.nn.attention.varlen import varlen_attn
from torch.nn.functional import scaled_dot_product_attention
from transformers import AttentionInterface

NAME = "records"
HALVES = (torch.bfloat16, torch.float16)


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
    offsets: torch.Tensor | None = None,
    opening: int = 0,
    **_: object,
) -> tuple[torch.Tensor, None]:
    """Query, key, value: (1, heads, tokens, head size). Returns (1, tokens, heads, head size), as transformers wants it.

    `bounds`: where each record would start if all stood whole side by side, and where the last would end; `offsets` the
    same as int32 where the query is. `opening`: how many tokens stand once, before the first record, for all of them.
    """
    q, k, v = (_with_opening(part, bounds, opening) for part in (query, key, value))
    if q.is_cuda and q.dtype in HALVES and not dropout:
        attended = _ragged(q, k, v, bounds=bounds, offsets=offsets, scaling=scaling)
    else:
        attended = _each(q, k, v, bounds=bounds, scaling=scaling, dropout=dropout)
    return _without_openings(attended, bounds, opening), None


def _with_opening(part: torch.Tensor, bounds: Sequence[int], opening: int) -> torch.Tensor:
    """Of (1, heads, tokens, head size): each record after an opening of its own."""
    if not opening:
        return part
    own = [end - start - opening for start, end in pairwise(bounds)]
    first, *records = part.split([opening, *own], dim=2)
    # As views of one tensor, their gradients are added up at once, in 32 bits; one by one each sum is rounded to 16.
    copies = first.expand(len(records), -1, -1, -1).split(1)
    return torch.cat([piece for both in zip(copies, records, strict=True) for piece in both], dim=2)


def _without_openings(attended: torch.Tensor, bounds: Sequence[int], opening: int) -> torch.Tensor:
    """Of (1, tokens, heads, head size): the first record's opening, which is everyone's, and the records."""
    if not opening:
        return attended
    own = [end - start - opening for start, end in pairwise(bounds)]
    first, *pieces = attended.split([length for record in own for length in (opening, record)], dim=1)
    return torch.cat([first, *pieces[::2]], dim=1)


def _each(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    *,
    bounds: Sequence[int],
    scaling: float,
    dropout: float,
) -> torch.Tensor:
    """One record after the other."""
    lengths = [end - start for start, end in pairwise(bounds)]
    apart = zip(*(torch.split(part, lengths, dim=2) for part in (query, key, value)), strict=True)
    parts = [
        scaled_dot_product_attention(q, k, v, dropout_p=dropout, is_causal=True, scale=scaling)
        for q, k, v in apart
    ]
    return torch.cat(parts, dim=2).transpose(1, 2)


def _ragged(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    *,
    bounds: Sequence[int],
    offsets: torch.Tensor | None,
    scaling: float,
) -> torch.Tensor:
    """All records at once, by FlashAttention over ragged rows, which takes (tokens, heads, head size)."""
    if offsets is None:
        offsets = torch.tensor(bounds, dtype=torch.int32, device=query.device)
    longest = max(end - start for start, end in pairwise(bounds))
    q, k, v = (part[0].transpose(0, 1).contiguous() for part in (query, key, value))
    # Which arguments there are is found out at run time; the type checker knows one torch.
    attend = cast("Callable[..., torch.Tensor]", partial(varlen_attn, **causal(varlen_attn)))
    return attend(q, k, v, offsets, offsets, longest, longest, scale=scaling)[None]


@cache
def causal(attend: Callable[..., object]) -> dict[str, Any]:
    """The argument that makes a `varlen_attn` causal: torch 2.10 has a flag, later ones a window, not causal unless told.

    Raises RuntimeError for one with neither, for it would let tokens see what they are to predict.
    """
    known = inspect.signature(attend).parameters
    if "scale" in known and "window_size" in known:
        return {"window_size": (-1, 0)}
    if "scale" in known and "is_causal" in known:
        return {"is_causal": True}
    raise RuntimeError("This torch's varlen_attn takes arguments that are not known here; use another torch.")


AttentionInterface.register(NAME, attend_within_records)
