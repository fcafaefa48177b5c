"""How well a model predicts the answers of a data file, in all and by category; and two models side by side."""

import math
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from transformers import PreTrainedModel

from training import attention, bases
from training import model as models
from training import tokenizer as tokenizers
from training.config import ConfigError
from training.data import Data, Encoder, Example
from training.loss import WithLoss, row_of, token_losses
from training.packing import best_fit


def evaluate(folder: Path, data: Data) -> dict[str, Any]:
    """The figures of `measure` for a file, and which of its records the model has no room for. Raises ConfigError."""
    source = bases.model_folder(folder)
    tokenizer = tokenizers.load(source)
    model = models.load_to_ask(source, attention_name=attention.NAME)
    limit = model.config.max_position_embeddings
    examples = list(Encoder(tokenizer).examples(data.records))
    fitting = [example for example in examples if len(example) <= limit]
    try:
        found = measure(model, fitting, capacity=limit)
    except models.NoNumbers as error:
        raise ConfigError("model", f"{folder}: {error}") from error
    too_long = [example.record.line for example in examples if len(example) > limit]
    return {"model": str(folder), "data_sha256": data.sha256, **found, "too_long": too_long}


def too_long(folder: Path, data: Data) -> list[int]:
    """The lines of records that the model has no room for: to predict them, or to answer them as it is asked."""
    source = bases.model_folder(folder)
    encoder = Encoder(tokenizers.load(source))
    limit = models.window(source)
    lines = {example.record.line for example in encoder.examples(data.records) if len(example) > limit}
    if not tokenizers.knows_markers(source):
        lines.update(
            record.line
            for record in data.records
            if len(encoder.spelled_question(record.instruction, context=record.context)) >= limit
        )
    return sorted(lines)


def compare(a: dict[str, Any], b: dict[str, Any]) -> dict[str, Any]:
    """Two evaluations of the same records, and by how many bits a byte the second is better.

    Bits a byte, because losses a token cannot be compared between tokenizers.
    """
    categories = {
        category: _gain(figures, b["categories"][category])
        for category, figures in a["categories"].items()
        if category in b["categories"]
    }
    return {"a": a, "b": b, "gain_bits_per_byte": {"all": _gain(a, b), **categories}}


def measure(
    model: PreTrainedModel | WithLoss, examples: Sequence[Example], *, capacity: int
) -> dict[str, Any]:
    """Records, loss-bearing tokens, mean loss a token, its perplexity, and bits a byte of response: of all, and by category."""
    losses = example_losses(model, examples, capacity=capacity)
    parts: dict[str, list[int]] = defaultdict(list)
    for number, example in enumerate(examples):
        parts[example.record.category].append(number)
    categories = {
        category: _figures([examples[n] for n in numbers], [losses[n] for n in numbers])
        for category, numbers in sorted(parts.items())
    }
    return {**_figures(examples, losses), "categories": categories}


@torch.no_grad()
def example_losses(
    model: PreTrainedModel | WithLoss, examples: Sequence[Example], *, capacity: int
) -> list[float]:
    """The summed loss of each record's answer, in the order given. Raises NoNumbers."""
    model.eval()
    losses = [0.0] * len(examples)
    for row in best_fit([len(example) for example in examples], capacity=capacity):
        answers = [examples[item].answer_tokens for item in row]
        found = token_losses(model, row_of([examples[item] for item in row])).split(answers)
        for item, answer in zip(row, found, strict=True):
            losses[item] = float(answer.double().sum())
            if not math.isfinite(losses[item]):
                raise models.NoNumbers(f"line {examples[item].record.line}")
    return losses


def _figures(examples: Sequence[Example], losses: Sequence[float]) -> dict[str, Any]:
    tokens = sum(example.answer_tokens for example in examples)
    size_bytes = sum(len(example.record.response.encode()) for example in examples)
    if not tokens:
        return {"records": 0, "tokens": 0, "loss": None, "perplexity": None, "bits_per_byte": None}
    loss = math.fsum(losses) / tokens
    return {
        "records": len(examples),
        "tokens": tokens,
        "loss": loss,
        "perplexity": math.exp(min(loss, 700.0)),  # Beyond it a float overflows.
        "bits_per_byte": math.fsum(losses) / math.log(2) / size_bytes,
    }


def _gain(a: dict[str, Any], b: dict[str, Any]) -> float | None:
    if a["bits_per_byte"] is None or b["bits_per_byte"] is None:
        return None
    return float(a["bits_per_byte"] - b["bits_per_byte"])
