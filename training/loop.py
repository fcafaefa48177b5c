"""The training loop: gradients over a step's rows, the token mean, clipping, AdamW. It knows no files."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Self

import torch
from transformers import PreTrainedModel

from training.config import Value
from training.data import Example
from training.loss import row_of, token_losses
from training.packing import Rows, batches

# databrickslabs/dolly, `config/`: AdamW without weight decay.
BETAS = (0.9, 0.999)
EPSILON = 1e-8


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


def new_optimizer(model: PreTrainedModel) -> torch.optim.AdamW:
    """AdamW as Dolly has it; the loop sets its learning rate."""
    return torch.optim.AdamW(model.parameters(), lr=0.0, betas=BETAS, eps=EPSILON, weight_decay=0.0)


def train(
    model: PreTrainedModel,
    optimizer: torch.optim.Optimizer,
    examples: Sequence[Example],
    *,
    schedule: Schedule,
    settings: Mapping[str, Value],
    done: int,
) -> Iterator[Step]:
    """Take one step for each item asked for, from step `done` + 1 on.

    Raises Diverged before a step that would spoil the weights.
    """
    model.train()
    capacity, batch_records, seed = (int(settings[key]) for key in ("max_length", "batch_records", "seed"))
    lengths = [len(example) for example in examples]
    planned = batches(lengths, batch_records=batch_records, capacity=capacity, seed=seed)
    for step, rows in enumerate(islice(planned, done, schedule.steps), done + 1):
        for group in optimizer.param_groups:
            group["lr"] = schedule.at(step)
        loss = add_gradients(model, examples, rows)
        norm = float(torch.nn.utils.clip_grad_norm_(model.parameters(), float(settings["clip_norm"])))
        if not (math.isfinite(loss) and math.isfinite(norm)):
            raise Diverged(
                f"The loss stopped being a number at step {step}. A lower learning_rate usually helps."
            )
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        tokens = sum(lengths[item] for row in rows for item in row)
        yield Step(step, loss, schedule.at(step), norm, tokens)


def add_gradients(model: PreTrainedModel, examples: Sequence[Example], rows: Rows) -> float:
    """Add the gradients of the mean loss over all loss-bearing tokens of the rows; returns that mean."""
    targets = sum(examples[item].answer_tokens for row in rows for item in row)
    total = 0.0
    for row in rows:
        loss = token_losses(model, row_of([examples[item] for item in row])).sum() / targets
        loss.backward()
        total += loss.item()
    return total
