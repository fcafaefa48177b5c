"""The named configurations of a fine-tune, each a small file beside this one. Standard library only.

A file `NAME.toml` is the recipe NAME, and its twin `lora-NAME`, which trains an adapter. A name with an underscore in
front is no recipe but what others build on: they name it in `extends` and say only what differs.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

FOLDER = Path(__file__).parent
GPT_NEOX: Final = "gpt_neox"  # Pythia
GPTJ: Final = "gptj"
ARCHITECTURES: Final = (GPT_NEOX, GPTJ)


@dataclass(frozen=True, slots=True)
class Shape:
    """A model's sizes, by the names of GPT-NeoX's `config.json`. `architecture` is its `model_type`."""

    num_hidden_layers: int
    hidden_size: int
    num_attention_heads: int
    intermediate_size: int
    vocab_size: int
    architecture: str = GPT_NEOX

    @property
    def parameters(self) -> int:
        """All weights: the embedding and the untied head, the layers, and a last norm."""
        ends = 2 * self.vocab_size * self.hidden_size + 2 * self.hidden_size
        head_bias = self.vocab_size if self.architecture == GPTJ else 0
        return ends + head_bias + self.num_hidden_layers * self._layer_parameters

    @property
    def _layer_parameters(self) -> int:
        """Attention and MLP with norms: GPT-NeoX has two norms and biases, GPT-J one norm and none in attention."""
        width, inner = self.hidden_size, self.intermediate_size
        mlp = 2 * width * inner + inner + width
        if self.architecture == GPTJ:
            return 2 * width + 4 * width * width + mlp
        return 4 * width + 4 * width * width + 4 * width + mlp


@dataclass(frozen=True, slots=True)
class Recipe:
    """One way to fine-tune: `base` is the name of the pretrained model that it starts from, nothing for none."""

    name: str
    description: str
    base: str
    shape: Shape
    settings: Mapping[str, int | float | str]

    @property
    def trains_adapter(self) -> bool:
        """Whether it is LoRA: the weights stay, and small matrices beside them learn."""
        return int(self.settings["lora_rank"]) > 0

    @property
    def needs_base(self) -> bool:
        """Whether it starts from a pretrained model's folder. An adapter on random weights would learn little."""
        return bool(self.base) or self.trains_adapter


class BrokenRecipe(RuntimeError):
    """A recipe's file that cannot be used; the message names it."""


def load(folder: Path) -> Mapping[str, Recipe]:
    """Every recipe of a folder by its name, the smallest model first, the adapters after all others.

    Raises BrokenRecipe.
    """
    documents = {path.stem: _read(path) for path in sorted(folder.glob("*.toml"))}
    lora = documents.get("_lora", {})
    found = []
    for name in documents:
        if name.startswith("_"):
            continue
        whole = _extended(name, documents)
        found += [_recipe(name, whole), _recipe(f"lora-{name}", _adapter(whole, lora))]
    found.sort(key=lambda recipe: (recipe.trains_adapter, recipe.shape.parameters))
    return MappingProxyType({recipe.name: recipe for recipe in found})


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise BrokenRecipe(f"{path}: cannot be read ({error}).") from error


def _extended(name: str, documents: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    """A document over the one that it extends, that one over its own, and so on."""
    own = dict(documents[name])
    parent = own.pop("extends", None)
    if parent is None:
        return own
    rest = {other: document for other, document in documents.items() if other != name}
    if parent not in rest:
        raise BrokenRecipe(f"{name}.toml: extends {parent!r}; there is no such other file.")
    return _over(_extended(parent, rest), own)


def _over(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    settings = below.get("settings", {}) | above.get("settings", {})
    return below | above | {"settings": settings}


def _adapter(document: dict[str, Any], lora: dict[str, Any]) -> dict[str, Any]:
    """The recipe's twin that trains an adapter. `_lora.toml` says how, and what to say of it."""
    return _over(document, lora) | {"description": f"{document['description']} {lora['description']}"}


def _recipe(name: str, document: dict[str, Any]) -> Recipe:
    try:
        shape = Shape(**document["shape"])
        rest = {key: value for key, value in document.items() if key not in {"shape", "settings"}}
        return Recipe(name, shape=shape, settings=MappingProxyType(document["settings"]), **rest)
    except (KeyError, TypeError) as error:
        raise BrokenRecipe(f"{name}.toml: {error}") from error


RECIPES: Mapping[str, Recipe] = load(FOLDER)
