"""How well a model predicts the answers of a data file, in all and by category; and two models side by side."""

import json
import math
from argparse import Namespace
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from transformers import PreTrainedModel

from training import attention, bases, progress
from training import model as models
from training import tokenizer as tokenizers
from training.config import ConfigError
from training.data import Data, Encoder, Example, read
from training.loss import row_of, token_losses
from training.packing import best_fit


def run(args: Namespace) -> int:
    """The command `evaluate`."""
    models.use_threads(args.threads)
    print(json.dumps(evaluate(args.model, _data(args.data)), ensure_ascii=False, indent=2))
    return progress.EXIT_DONE


def run_compare(args: Namespace) -> int:
    """The command `compare`."""
    models.use_threads(args.threads)
    data = _data(args.data)
    found = compare(evaluate(args.model[0], data), evaluate(args.model[1], data))
    print(json.dumps(found, ensure_ascii=False, indent=2))
    return progress.EXIT_DONE


def evaluate(folder: Path, data: Data) -> dict[str, Any]:
    """The figures of `measure` for the whole file and for each category."""
    source = bases.model_folder(folder)
    tokenizer = tokenizers.load(source)
    model = models.load(source, tokenizer=tokenizer, attention_name=attention.NAME)
    limit = model.config.max_position_embeddings
    examples = list(Encoder(tokenizer).examples(data.records))
    fitting = [example for example in examples if len(example) <= limit]
    losses = example_losses(model, fitting, capacity=limit)
    parts: dict[str, list[int]] = defaultdict(list)
    for number, example in enumerate(fitting):
        parts[example.record.category].append(number)
    return {
        "model": str(folder),
        "data_sha256": data.sha256,
        **_figures(fitting, losses),
        "too_long": [example.record.line for example in examples if len(example) > limit],
        "categories": {
            category: _figures([fitting[n] for n in numbers], [losses[n] for n in numbers])
            for category, numbers in sorted(parts.items())
        },
    }


def compare(a: dict[str, Any], b: dict[str, Any]) -> dict[str, Any]:
    """Two evaluations of the same data, and by how many bits a byte the second is better.

    Bits a byte, because losses a token cannot be compared between tokenizers.
    """
    categories = {
        category: _gain(figures, b["categories"][category])
        for category, figures in a["categories"].items()
        if category in b["categories"]
    }
    return {"a": a, "b": b, "gain_bits_per_byte": {"all": _gain(a, b), **categories}}


def measure(model: PreTrainedModel, examples: Sequence[Example], *, capacity: int) -> dict[str, Any]:
    """Records, loss-bearing tokens, mean loss a token, its perplexity, and bits a byte of response."""
    return _figures(examples, example_losses(model, examples, capacity=capacity))


@torch.no_grad()
def example_losses(model: PreTrainedModel, examples: Sequence[Example], *, capacity: int) -> list[float]:
    """The summed loss of each record's answer, in the order given."""
    model.eval()
    losses = [0.0] * len(examples)
    for row in best_fit([len(example) for example in examples], capacity=capacity):
        answers = [examples[item].answer_tokens for item in row]
        found = token_losses(model, row_of([examples[item] for item in row])).split(answers)
        for item, answer in zip(row, found, strict=True):
            losses[item] = float(answer.double().sum())
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


def _data(path: Path) -> Data:
    try:
        return read(path)
    except OSError as error:
        raise ConfigError("data", f"{path}: cannot be read ({error.strerror}).") from error
