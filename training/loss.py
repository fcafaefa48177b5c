"""A packed row as tensors, and its loss. The output head runs on the tokens that bear loss and on no others."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, chain

import torch
from torch.nn.functional import cross_entropy
from transformers import PreTrainedModel

from training.data import Example


@dataclass(frozen=True, slots=True)
class Row:
    """Some records side by side.

    `ids`, `positions`: (1, tokens) int64; `bounds`: their starts and the end; `predicting`: (targets,) int64, the
    places whose next token bears loss; `targets`: (targets,) int64, those tokens.
    """

    ids: torch.Tensor
    positions: torch.Tensor
    bounds: list[int]
    predicting: torch.Tensor
    targets: torch.Tensor


def row_of(examples: Sequence[Example]) -> Row:
    """Lay the records side by side."""
    ids = torch.cat([torch.from_numpy(example.ids) for example in examples]).long()
    positions = torch.cat([torch.arange(len(example)) for example in examples])
    bounds = list(accumulate((len(example) for example in examples), initial=0))
    answers = (
        range(start + example.prompt_tokens, start + len(example))
        for start, example in zip(bounds, examples, strict=False)
    )
    bearing = torch.tensor(list(chain.from_iterable(answers)))
    return Row(ids[None], positions[None], bounds, bearing - 1, ids[bearing])


def token_losses(model: PreTrainedModel, row: Row) -> torch.Tensor:
    """The loss of each target, (targets,) in the model's dtype. Needs a model with `attention.NAME`."""
    # With its cache left on, transformers lets records see each other; see `attention`.
    hidden = model.base_model(
        input_ids=row.ids, position_ids=row.positions, bounds=row.bounds, use_cache=False
    ).last_hidden_state
    logits = model.get_output_embeddings()(hidden[0, row.predicting])
    return cross_entropy(logits, row.targets, reduction="none")
