"""What a run will do and need, told before any weights are loaded. Does without torch."""

import os
import shutil
from argparse import Namespace
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from tokenizers import Tokenizer

from training import bases, progress
from training import tokenizer as tokenizers
from training.config import ConfigError, RunConfig, Value, find_recipe
from training.data import BadRows, Data, Encoder, Example, read
from training.held_out import hold_out, read_pairs
from training.packing import batches
from training.recipes import Recipe, Shape

# 32-bit weights, gradients and AdamW's two moments.
BYTES_A_PARAMETER = 16
# 34 bytes a token, layer and unit of width in 16 bits (Korthikanti et al., 2022, section 4, without attention
# scores), twice that in 32; the logits, their softmax and its gradient in 32 bits.
ACTIVATION_BYTES = 68
LOGIT_BYTES = 12
# The process with torch and transformers loaded, measured: 500 MB.
PROCESS_BYTES = 500_000_000
# Measured with the smoke recipe on two cores of an AMD EPYC (Zen 5): starting, the cost of a step beside its
# arithmetic, and the arithmetic a second and thread.
START_SECONDS = 8.0
STEP_SECONDS = 0.03
FLOPS_A_THREAD = 3e10

GB = 1e9


class DoesNotFit(RuntimeError):
    """The machine has too little memory or disk for this run."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A run's configuration, resolved, and its data as tokens."""

    recipe: Recipe
    settings: Mapping[str, Value]
    shape: Shape
    data: Data
    tokenizer: Tokenizer
    training: list[Example]
    held_out: list[Example]
    too_long: list[int]  # lines
    source: Path | None  # whose weights the run goes on with; none for random ones

    @property
    def steps(self) -> int:
        """How many steps the run takes."""
        an_epoch = -(-len(self.training) // int(self.settings["batch_records"]))
        return min(int(self.settings["max_steps"]), int(self.settings["epochs"]) * an_epoch)


@dataclass(frozen=True, slots=True)
class Plan:
    """The figures of a run to come, each as the metrics' `plan` event names it."""

    records: int
    held_out: int
    too_long: int
    steps: int
    epochs: float
    tokens: int
    loss_tokens: int
    parameters: int
    memory_bytes: int
    memory_free_bytes: int
    disk_bytes: int
    disk_free_bytes: int
    seconds: int

    @property
    def fits(self) -> bool:
        """Whether memory and disk suffice."""
        return self.memory_bytes <= self.memory_free_bytes and self.disk_bytes <= self.disk_free_bytes


def run(args: Namespace) -> int:
    """The command: the plan to stdout; 1 if it does not fit."""
    config: RunConfig = args.config
    check_inputs(config)
    prepared = prepare(config, read_data(config))
    found = plan(prepared, out=Path(config.out))
    print(describe(found, prepared))
    print("It fits." if found.fits else refusal(found))
    return progress.EXIT_DONE if found.fits else progress.EXIT_REFUSED


def check_inputs(config: RunConfig) -> None:
    """Raises ConfigError if the data or the base is not there at all."""
    if not Path(config.data).is_file():
        raise ConfigError("data", f"{config.data}: there is no such file.")
    if config.base is None:
        return
    if config.settings["init"] == "random":
        bases.check_tokenizer(Path(config.base))
    else:
        bases.read_shape(Path(config.base))


def read_data(config: RunConfig) -> Data:
    """The data that the configuration names. Raises ConfigError if it is not there or not the one that was meant."""
    try:
        data = read(Path(config.data))
    except OSError as error:
        raise ConfigError("data", f"{config.data}: cannot be read ({error.strerror}).") from error
    if config.data_sha256 not in {None, data.sha256}:
        raise ConfigError(
            "data_sha256", f"{config.data}: has SHA-256 {data.sha256}, not {config.data_sha256}."
        )
    return data


def prepare(config: RunConfig, data: Data, *, checkpoint: Path | None = None) -> Prepared:
    """Everything that comes before weights. A checkpoint brings its own tokenizer and sizes."""
    recipe, settings = find_recipe(config.recipe), config.settings
    base = Path(config.base) if config.base else None
    source = checkpoint or (base if settings["init"] == "base" else None)
    tokenizer = _tokenizer(source or base, data, recipe)
    shape = _shape(source, tokenizer, recipe)
    fitting, too_long = _fitting(list(Encoder(tokenizer).examples(data.records)), settings)
    pairs = read_pairs(Path(config.duplicates), lines=len(data.records)) if config.duplicates else ()
    training, held_out = hold_out(fitting, count=int(settings["evaluation_records"]), pairs=pairs)
    return Prepared(recipe, settings, shape, data, tokenizer, training, held_out, too_long, source)


def _tokenizer(folder: Path | None, data: Data, recipe: Recipe) -> Tokenizer:
    if folder:
        return tokenizers.load(folder)
    texts = (text for record in data.records for text in record.texts)
    return tokenizers.train(texts, vocab_size=recipe.shape.vocab_size)


def _shape(source: Path | None, tokenizer: Tokenizer, recipe: Recipe) -> Shape:
    """The model's sizes. A base keeps the padded vocabulary it has; a recipe without one takes what it needs."""
    shape = bases.read_shape(source) if source else recipe.shape
    if recipe.base and replace(shape, vocab_size=0) != replace(recipe.shape, vocab_size=0):
        raise ConfigError("base", f"{source}: has not the sizes of {recipe.name}.")
    size = tokenizer.get_vocab_size()
    if size > shape.vocab_size or not (source or recipe.base):
        return replace(shape, vocab_size=tokenizers.padded(size))
    return shape


def _fitting(examples: list[Example], settings: Mapping[str, Value]) -> tuple[list[Example], list[int]]:
    """What can be trained on, and the lines of what was too long. Raises BadRows where that, or nothing else, is left.

    Dolly v2, too, drops the records that just reach the length (databrickslabs/dolly, `training/trainer.py`); v1 cut
    off their end. A record whose question alone is too long has no answer left, and is dropped.
    """
    limit = int(settings["max_length"])
    too_long = [example.record.line for example in examples if len(example) >= limit]
    if settings["long_records"] == "cut":
        examples = [example.cut(limit) for example in examples]
        fitting = [example for example in examples if example.answer_tokens > 0]
    else:
        fitting = [example for example in examples if len(example) < limit]
    if not fitting or (too_long and settings["long_records"] == "error"):
        raise BadRows([(line, f"{limit} tokens or more") for line in too_long])
    return fitting, too_long


def plan(prepared: Prepared, *, out: Path) -> Plan:
    """Count, and compare with what this machine has free."""
    training, shape = prepared.training, prepared.shape
    seen = _seen(prepared)
    tokens = sum(len(training[item]) for item in seen)
    loss_tokens = sum(training[item].answer_tokens for item in seen)
    row_tokens = int(prepared.settings["max_length"])
    head = shape.vocab_size * shape.hidden_size
    flops = 6 * ((shape.parameters - 2 * head) * tokens + head * loss_tokens)
    threads = int(prepared.settings["threads"]) or os.cpu_count() or 1
    return Plan(
        records=len(training),
        held_out=len(prepared.held_out),
        too_long=len(prepared.too_long),
        steps=prepared.steps,
        epochs=round(len(seen) / len(training), 2),
        tokens=tokens,
        loss_tokens=loss_tokens,
        parameters=shape.parameters,
        memory_bytes=PROCESS_BYTES
        + shape.parameters * BYTES_A_PARAMETER
        + row_tokens * shape.num_hidden_layers * shape.hidden_size * ACTIVATION_BYTES
        + row_tokens * shape.vocab_size * LOGIT_BYTES,
        memory_free_bytes=_memory_free_bytes(),
        # Weights and two moments for each of two kept checkpoints and one in the making, then the model.
        disk_bytes=shape.parameters * 4 * 10,
        disk_free_bytes=shutil.disk_usage(_existing(out)).free,
        seconds=round(START_SECONDS + prepared.steps * STEP_SECONDS + flops / (threads * FLOPS_A_THREAD)),
    )


def describe(found: Plan, prepared: Prepared) -> str:
    """The plan in plain words, a line each."""
    recipe = prepared.recipe
    lines = [
        f"Recipe {recipe.name}: {recipe.description}",
        f"{found.records} records to learn from, {found.held_out} held out.",
    ]
    if prepared.too_long:
        lines.append(too_long(prepared) + f" {_lines(prepared.too_long)}.")
    lines.append(
        f"{found.steps} steps, {found.epochs} epochs: {found.tokens} tokens, {found.loss_tokens} of them bear loss."
    )
    if found.epochs < 1:
        lines.append(
            f"That is a part of the data: max_steps ends the run after {found.epochs:.0%} of an epoch."
        )
    lines.append(
        f"{found.parameters / 1e6:.1f} million parameters, about {_duration(found.seconds)},"
        f" {found.memory_bytes / GB:.1f} GB of memory ({found.memory_free_bytes / GB:.1f} free)"
        f" and {found.disk_bytes / GB:.2f} GB of disk ({found.disk_free_bytes / GB:.1f} free)."
    )
    return "\n".join(lines)


def too_long(prepared: Prepared) -> str:
    """How many records are too long, and what becomes of them."""
    fate = "cut off there" if prepared.settings["long_records"] == "cut" else "left out"
    limit = prepared.settings["max_length"]
    return f"{len(prepared.too_long)} records of {limit} tokens or more are {fate}."


def refusal(found: Plan) -> str:
    """Why a plan does not fit, and what would help."""
    if found.memory_bytes > found.memory_free_bytes:
        return "It does not fit the memory; a smaller base, or a lower max_length, would."
    return "It does not fit the disk; free some space, or choose another --out."


def _seen(prepared: Prepared) -> list[int]:
    lengths = [len(example) for example in prepared.training]
    batch_records, capacity, seed = (
        int(prepared.settings[k]) for k in ("batch_records", "max_length", "seed")
    )
    planned = batches(lengths, batch_records=batch_records, capacity=capacity, seed=seed)
    return [item for rows in islice(planned, prepared.steps) for row in rows for item in row]


def _lines(numbers: Sequence[int]) -> str:
    more = f" and {len(numbers) - 50} more" if len(numbers) > 50 else ""
    return "Line " + ", ".join(map(str, numbers[:50])) + more


def _duration(seconds: int) -> str:
    return f"{seconds} s" if seconds < 120 else f"{seconds // 60} min"


def _existing(path: Path) -> Path:
    return next(folder for folder in (path.absolute(), *path.absolute().parents) if folder.exists())


def _memory_free_bytes() -> int:
    """What Linux says can be had without swapping; elsewhere all the memory there is."""
    try:
        fields = dict(
            line.split(":", 1) for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        )
        return int(fields["MemAvailable"].split()[0]) * 1024
    except (OSError, KeyError, ValueError):
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
