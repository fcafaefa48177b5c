"""The schema of a run's `config.json`, and the table of what may be set in it. Standard library only.

The site's form, its API and the command line all validate through this file.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from types import MappingProxyType
from typing import Any, Self, TypeAlias

from training.recipes import RECIPES, Recipe

SCHEMA = 1

Value: TypeAlias = int | float


class ConfigError(ValueError):
    """A configuration that cannot be used. `key` is the part at fault, the message one line for a person."""

    def __init__(self, key: str, message: str) -> None:
        super().__init__(message)
        self.key = key


@dataclass(frozen=True, slots=True)
class Setting:
    """One number that may be set; bounds are inclusive."""

    kind: type[int] | type[float]
    minimum: Value
    maximum: Value
    description: str

    def check(self, key: str, value: object) -> Value:
        """The value, if it will do. A whole number will do for any, a boolean or a text for none."""
        if isinstance(value, int | float) and not isinstance(value, bool):
            of_kind = self.kind is float or isinstance(value, int)
            if of_kind and self.minimum <= value <= self.maximum:
                return self.kind(value)
        noun = "a whole number" if self.kind is int else "a number"
        raise ConfigError(key, f"{key}: must be {noun} from {self.minimum} to {self.maximum}, not {value!r}.")


SETTINGS: Mapping[str, Setting] = MappingProxyType(
    {
        "learning_rate": Setting(float, 1e-8, 1.0, "The highest learning rate"),
        "warmup_steps": Setting(int, 0, 100_000, "Steps over which the learning rate rises from zero"),
        "epochs": Setting(int, 1, 1_000, "How often each record is read"),
        "max_steps": Setting(int, 1, 1_000_000, "Stop after this many steps, even within an epoch"),
        "batch_records": Setting(int, 1, 4_096, "Records in one step"),
        "max_length": Setting(int, 64, 2_048, "Records of this many tokens or more are left out"),
        "checkpoint_steps": Setting(int, 1, 1_000_000, "Steps from one checkpoint to the next"),
        "evaluation_records": Setting(int, 0, 100_000, "Records held out to measure the loss on"),
        "seed": Setting(int, 0, 2**32 - 1, "Fixes every random choice"),
        "threads": Setting(int, 0, 1_024, "Processor threads; 0 takes every core"),
    }
)


# What a question to a model may set; the defaults are `generate.Sampling`'s.
SAMPLING: Mapping[str, Setting] = MappingProxyType(
    {
        "max_new_tokens": Setting(int, 1, 2_048, "The longest answer, in tokens"),
        "temperature": Setting(float, 0, 2, "How freely to choose; 0 takes the likeliest token each time"),
        "seed": Setting(int, 0, 2**32 - 1, "Fixes every random choice"),
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


@dataclass(frozen=True, slots=True)
class RunConfig:
    """What a run was asked to do: `config.json`, key for key. Relative paths start at the current folder."""

    recipe: str
    data: str
    out: str
    base: str | None = None
    data_sha256: str | None = None
    overrides: Mapping[str, Value] = field(default_factory=dict)
    schema: int = SCHEMA

    def __post_init__(self) -> None:
        """Refuse what no run could use, naming the key."""
        if self.schema != SCHEMA or isinstance(self.schema, bool):
            raise ConfigError("schema", f"schema: this version reads {SCHEMA}, not {self.schema!r}.")
        for key in ("recipe", "data", "out"):
            _check_text(key, getattr(self, key))
        for key in ("base", "data_sha256"):
            if getattr(self, key) is not None:
                _check_text(key, getattr(self, key))
        if not isinstance(self.overrides, Mapping):
            raise ConfigError("overrides", "overrides: must be an object of settings.")
        recipe = find_recipe(self.recipe)
        if recipe.needs_base and self.base is None:
            raise ConfigError("base", f"base: {self.recipe} needs a base, the folder of a pretrained model.")
        for key, value in self.overrides.items():
            check_setting(key, value)

    @property
    def settings(self) -> dict[str, Value]:
        """Every setting: the recipe's, then the overrides."""
        checked = {key: check_setting(key, value) for key, value in self.overrides.items()}
        return {**find_recipe(self.recipe).settings, **checked}

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
