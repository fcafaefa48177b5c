"""Whose mean a step's loss is."""

from collections.abc import Sequence

DOLLYS_GPUS = 8


def token_weights(answers: Sequence[int], *, weighting: str) -> list[float]:
    """How much each token of each record's answer counts in the loss of a step; over all of them it is 1.

    `answers`: the records' loss-bearing tokens. `token` weighs all tokens the same and `record` all records. `dolly`
    deals the records out to eight groups, as to Dolly's GPUs, and weighs the groups the same: each of its
    micro-batches had a mean of its own (huggingface/transformers 37474).
    """
    groups = _groups(len(answers), weighting=weighting)
    weights = [0.0] * len(answers)
    for group in groups:
        tokens = sum(answers[record] for record in group)
        for record in group:
            weights[record] = 1 / (len(groups) * tokens)
    return weights


def _groups(count: int, *, weighting: str) -> list[range]:
    """The records that share a mean, by their places."""
    dealt = {"token": 1, "record": count, "dolly": min(DOLLYS_GPUS, count)}[weighting]
    return [range(first, count, dealt) for first in range(dealt)]
