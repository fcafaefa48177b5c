"""The schema of a run's `config.json`, and the table of what may be set in it. Standard library only.

The site's form, its API and the command line all validate through this file.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from types import MappingProxyType
from typing import Any, Self, TypeAlias

from training.recipes import RECIPES, Recipe

SCHEMA = 1

Value: TypeAlias = int | float | str


class ConfigError(ValueError):
    """A configuration that cannot be used. `key` is the part at fault, the message one line for a person."""

    def __init__(self, key: str, message: str) -> None:
        super().__init__(message)
        self.key = key


@dataclass(frozen=True, slots=True)
class Number:
    """One number that may be set; bounds are inclusive."""

    kind: type[int] | type[float]
    minimum: float
    maximum: float
    description: str

    @property
    def limits(self) -> str:
        """What it may be, in words."""
        return f"{'a whole number' if self.kind is int else 'a number'} from {self.minimum} to {self.maximum}"

    def check(self, key: str, value: object) -> int | float:
        """The value, if it will do. A whole number will do for any, a boolean or a text for none."""
        if isinstance(value, int | float) and not isinstance(value, bool):
            of_kind = self.kind is float or isinstance(value, int)
            if of_kind and self.minimum <= value <= self.maximum:
                return self.kind(value)
        raise ConfigError(key, f"{key}: must be {self.limits}, not {value!r}.")


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a few words."""

    words: tuple[str, ...]
    description: str

    @property
    def limits(self) -> str:
        """What it may be, in words."""
        return f"one of {', '.join(self.words)}"

    def check(self, key: str, value: object) -> str:
        """The value, if it is one of the words."""
        if isinstance(value, str) and value in self.words:
            return value
        raise ConfigError(key, f"{key}: must be {self.limits}, not {value!r}.")


Setting: TypeAlias = Number | Choice

SETTINGS: Mapping[str, Setting] = MappingProxyType(
    {
        "learning_rate": Number(float, 1e-8, 1.0, "The highest learning rate"),
        "warmup_steps": Number(int, 0, 100_000, "Steps over which the learning rate rises from zero"),
        "warmup": Choice(("linear", "logarithmic"), "How the learning rate rises"),
        "schedule": Choice(("constant", "cosine"), "What the learning rate does after that"),
        "epochs": Number(int, 1, 1_000, "How often each record is read"),
        "max_steps": Number(int, 1, 1_000_000, "Stop after this many steps, even within an epoch"),
        "batch_records": Number(int, 1, 4_096, "Records in one step"),
        "loss_weighting": Choice(("token", "record", "dolly"), "Whose mean a step's loss is"),
        "max_length": Number(int, 64, 2_048, "Records of this many tokens or more are too long"),
        "long_records": Choice(("drop", "cut", "error"), "What happens to records that are too long"),
        "clipping": Choice(("global", "previous-step"), "Whose gradient norm decides how much is clipped"),
        "clip_norm": Number(float, 1e-6, 1e6, "The gradient norm above which is clipped"),
        "checkpoint_steps": Number(int, 1, 1_000_000, "Steps from one checkpoint to the next"),
        "evaluation_steps": Number(int, 1, 1_000_000, "Steps from one evaluation to the next"),
        "evaluation_records": Number(int, 0, 100_000, "Records held out to measure the loss on"),
        "seed": Number(int, 0, 2**32 - 1, "Fixes every random choice"),
        "init": Choice(("base", "random"), "What weights to begin with"),
        "device": Choice(("auto", "cpu", "cuda"), "What to compute on"),
        "threads": Number(int, 0, 1_024, "Processor threads; 0 takes every core"),
        "precision": Choice(("fp32", "bf16"), "The bits of a weight"),
        "optimizer": Choice(("adamw", "split-8bit", "stochastic"), "How AdamW keeps its state"),
        "in_backward": Number(
            int, 0, 1, "1 updates each weight as soon as its gradient is there, and drops that"
        ),
        "recompute": Choice(("none", "selective", "full"), "What is computed twice rather than kept"),
        "lora_rank": Number(int, 0, 1_024, "The rank of LoRA's matrices; 0 trains every weight"),
        "lora_alpha": Number(float, 1e-3, 1e4, "How much LoRA's matrices count, times their rank"),
    }
)


# What a question to a model may set; the defaults are `generate.Sampling`'s.
SAMPLING: Mapping[str, Number] = MappingProxyType(
    {
        "max_new_tokens": Number(int, 1, 2_048, "The longest answer, in tokens"),
        "temperature": Number(float, 0, 2, "How freely to choose; 0 takes the likeliest token each time"),
        "seed": Number(int, 0, 2**32 - 1, "Fixes every random choice"),
    }
)


def check_setting(key: str, value: object) -> Value:
    """The value, if a run may set this key to it; else ConfigError."""
    if key not in SETTINGS:
        raise ConfigError(key, f"{key}: there is no such setting; choose from {', '.join(SETTINGS)}.")
    return SETTINGS[key].check(key, value)


def parse_setting(text: str) -> tuple[str, Value]:
    """Read one `KEY=VALUE` of the command line."""
    key, equals, raw = text.partition("=")
    if not equals:
        raise ConfigError(key, f"{text}: a setting is written KEY=VALUE.")
    return key, check_setting(key, read_number(raw))


def read_number(text: str) -> Value | str:
    """The number that a text spells, or the text for a check to refuse."""
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def find_recipe(name: str) -> Recipe:
    """The recipe of that name, else ConfigError."""
    if name not in RECIPES:
        raise ConfigError("recipe", f"recipe: there is no {name!r}; choose from {', '.join(RECIPES)}.")
    return RECIPES[name]


def settings_of(recipe: Recipe, overrides: Mapping[str, object]) -> dict[str, Value]:
    """Every setting: the recipe's, then the overrides. Raises ConfigError for one that will not do, or two together."""
    asked = {**recipe.settings, **overrides}
    settings = {key: check_setting(key, value) for key, value in asked.items()}
    _check_together(settings)
    return settings


def _check_together(settings: Mapping[str, Value]) -> None:
    """Refuse what would not do what it says."""
    adapter, optimizer = bool(settings["lora_rank"]), settings["optimizer"]
    if adapter and optimizer != "adamw":
        raise ConfigError(
            "optimizer", f"optimizer: an adapter is in 32 bits and needs adamw, not {optimizer}."
        )
    if settings["precision"] == "bf16" and optimizer == "adamw" and not adapter:
        raise ConfigError(
            "optimizer",
            "optimizer: adamw hardly moves weights of 16 bits; set optimizer=split-8bit, or precision=fp32.",
        )
    if settings["precision"] == "fp32" and optimizer == "stochastic":
        raise ConfigError(
            "optimizer", "optimizer: stochastic rounds to 16 bits; set precision=bf16, or optimizer=adamw."
        )
    if settings["in_backward"] and settings["clipping"] == "global":
        raise ConfigError(
            "in_backward",
            "in_backward: no gradient outlives the backward pass, so that their norm comes too late;"
            " set clipping=previous-step.",
        )


@dataclass(frozen=True, slots=True)
class RunConfig:
    """What a run was asked to do: `config.json`, key for key. Relative paths start at the current folder."""

    recipe: str
    data: str
    out: str
    base: str | None = None
    data_sha256: str | None = None
    duplicates: str | None = None  # What `manage.py find_duplicates` wrote of the data.
    overrides: Mapping[str, Value] = field(default_factory=dict)
    schema: int = SCHEMA

    def __post_init__(self) -> None:
        """Refuse what no run could use, naming the key."""
        if self.schema != SCHEMA or isinstance(self.schema, bool):
            raise ConfigError("schema", f"schema: this version reads {SCHEMA}, not {self.schema!r}.")
        for key in ("recipe", "data", "out"):
            _check_text(key, getattr(self, key))
        for key in ("base", "data_sha256", "duplicates"):
            if getattr(self, key) is not None:
                _check_text(key, getattr(self, key))
        if not isinstance(self.overrides, Mapping):
            raise ConfigError("overrides", "overrides: must be an object of settings.")
        recipe = find_recipe(self.recipe)
        random = settings_of(recipe, self.overrides)["init"] == "random"
        if recipe.needs_base and self.base is None and not random:
            raise ConfigError(
                "base",
                f"base: {self.recipe} needs a base, the folder of a pretrained model;"
                " --set init=random tries it out without.",
            )

    @property
    def settings(self) -> dict[str, Value]:
        """Every setting: the recipe's, then the overrides."""
        return settings_of(find_recipe(self.recipe), self.overrides)

    @classmethod
    def from_dict(cls, document: object) -> Self:
        """Read a parsed `config.json`: unknown or missing keys, wrong types and wrong ranges are refused by name."""
        if not isinstance(document, dict):
            raise ConfigError("", "A configuration is a JSON object.")
        known = set(cls.__dataclass_fields__)
        for key in document:
            if key not in known:
                raise ConfigError(
                    str(key), f"{key}: there is no such key; choose from {', '.join(sorted(known))}."
                )
        for key in ("schema", "recipe", "data", "out"):
            if key not in document:
                raise ConfigError(key, f"{key}: is missing.")
        return cls(**document)

    def to_dict(self) -> dict[str, Any]:
        """The JSON object that `from_dict` reads."""
        return {**asdict(self), "overrides": dict(self.overrides)}


def _check_text(key: str, value: object) -> None:
    if not isinstance(value, str) or not value or "\0" in value:
        raise ConfigError(key, f"{key}: must be a text that is not empty, not {value!r}.")
