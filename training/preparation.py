"""A run's configuration and data, made ready: what it learns from, with which tokenizer, in a model of which shape."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from tokenizers import Tokenizer

from training import bases
from training import tokenizer as tokenizers
from training.config import ConfigError, RunConfig, Value, find_recipe
from training.data import BadRows, Data, Encoder, Example, read
from training.held_out import hold_out, read_pairs
from training.recipes import Recipe, Shape


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
    base: Path | None  # whose weights the run began with; none for random ones
    source: Path | None  # whose weights it goes on with: the base's, or a checkpoint's

    @property
    def steps(self) -> int:
        """How many steps the run takes."""
        an_epoch = -(-len(self.training) // int(self.settings["batch_records"]))
        return min(int(self.settings["max_steps"]), int(self.settings["epochs"]) * an_epoch)


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
    began_with = base if settings["init"] == "base" else None
    source = checkpoint or began_with
    tokenizer = _tokenizer(source or base, data, recipe)
    shape = _shape(source, tokenizer, recipe)
    fitting, too_long = _fitting(list(Encoder(tokenizer).examples(data.records)), settings)
    pairs = read_pairs(Path(config.duplicates), lines=len(data.records)) if config.duplicates else ()
    fits = {example.record.line for example in fitting}
    dropped = [record for record in data.records if record.line not in fits]
    count = int(settings["evaluation_records"])
    training, held_out = hold_out(fitting, count=count, pairs=pairs, dropped=dropped)
    return Prepared(
        recipe, settings, shape, data, tokenizer, training, held_out, too_long, began_with, source
    )


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


def too_long(prepared: Prepared) -> str:
    """How many records are too long, and what becomes of them."""
    fate = "cut off there" if prepared.settings["long_records"] == "cut" else "left out"
    limit = prepared.settings["max_length"]
    return f"{len(prepared.too_long)} records of {limit} tokens or more are {fate}."
