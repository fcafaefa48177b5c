"""The training loop: a step's rows, the mean of their losses, its gradients, the learning rate. It knows no files."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import Self

import torch
from transformers import PreTrainedModel

from training.config import Value
from training.data import Example
from training.distributed import ALONE, Ranks
from training.loss import WithLoss, row_of, token_losses
from training.packing import Rows, batches, row_capacity
from training.update import Update
from training.weighting import token_weights


class Diverged(RuntimeError):
    """The loss or its gradient is not a finite number."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """How long to train and how fast: `steps` in all, of which the first `warmup_steps` rise."""

    steps: int
    learning_rate: float
    warmup_steps: int
    warmup: str
    schedule: str

    @classmethod
    def of(cls, settings: Mapping[str, Value], *, steps: int) -> Self:
        """What the settings ask for."""
        return cls(
            steps,
            float(settings["learning_rate"]),
            int(settings["warmup_steps"]),
            str(settings["warmup"]),
            str(settings["schedule"]),
        )

    def at(self, step: int) -> float:
        """The learning rate of a step, counted from 1."""
        if step < self.warmup_steps:
            return self.learning_rate * self._risen(step)
        if self.schedule == "constant":
            return self.learning_rate
        left = (self.steps - step + 1) / (self.steps - self.warmup_steps + 1)
        return self.learning_rate * 0.5 * (1 - math.cos(math.pi * left))

    def _risen(self, step: int) -> float:
        """The share of the highest rate. The logarithmic one starts at nothing, as DeepSpeed's `WarmupLR` does."""
        if self.warmup == "linear":
            return step / self.warmup_steps
        return math.log(step) / math.log(self.warmup_steps)


@dataclass(frozen=True, slots=True)
class Step:
    """What one step did; `loss` is the mean over its loss-bearing tokens."""

    step: int
    loss: float
    learning_rate: float
    gradient_norm: float
    tokens: int


def train(
    model: PreTrainedModel | WithLoss,
    update: Update,
    examples: Sequence[Example],
    *,
    schedule: Schedule,
    settings: Mapping[str, Value],
    done: int,
    ranks: Ranks = ALONE,
) -> Iterator[Step]:
    """Take one step for each item asked for, from step `done` + 1 on.

    Raises Diverged before a step that would spoil the weights; one within the backward pass may have spoiled them.
    """
    model.train()
    lengths = [len(example) for example in examples]
    planned = batches(
        lengths,
        batch_records=int(settings["batch_records"]),
        capacity=row_capacity(settings),
        seed=int(settings["seed"]),
    )
    for step, rows in enumerate(islice(planned, done, schedule.steps), done + 1):
        update.begin(learning_rate=schedule.at(step))
        loss = add_gradients(model, examples, rows, weighting=str(settings["loss_weighting"]), ranks=ranks)
        norm = update.norm()
        if not (math.isfinite(loss) and math.isfinite(norm)):
            raise Diverged(
                f"The loss stopped being a number at step {step}. A lower learning_rate usually helps."
            )
        update.apply(norm)
        tokens = sum(lengths[item] for row in rows for item in row)
        yield Step(step, loss, schedule.at(step), norm, tokens)


def add_gradients(
    model: PreTrainedModel | WithLoss,
    examples: Sequence[Example],
    rows: Rows,
    *,
    weighting: str = "token",
    ranks: Ranks = ALONE,
) -> float:
    """Add the gradients of the mean loss over all loss-bearing tokens of the rows; returns that mean.

    `weighting` is `weighting.token_weights`'s: records count by their numbers, not by their places in rows. Stops at the first row whose loss is no number, before its gradients.
    """
    items = sorted(chain.from_iterable(rows))
    answers = {item: examples[item].answer_tokens for item in items}
    weights = dict(zip(items, token_weights(list(answers.values()), weighting=weighting), strict=True))
    total = 0.0
    for row, counts in ranks.deal(rows):
        losses = token_losses(model, row_of([examples[item] for item in row]))
        each = torch.tensor([weights[item] if counts else 0.0 for item in row], dtype=losses.dtype)
        of_tokens = each.repeat_interleave(torch.tensor([answers[item] for item in row]))
        loss = losses @ of_tokens.to(losses.device)
        total += ranks.sum(loss.item())
        if not math.isfinite(total):
            break
        # Processes leave each other the mean of their gradients, where the sum is meant.
        (loss * ranks.size).backward()
    return total
