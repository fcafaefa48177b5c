"""What a model's folder must hold before it is loaded. Standard library only."""

import hashlib
from pathlib import Path
from typing import Any

from training import documents, progress
from training.config import ConfigError
from training.recipes import GPT_NEOX, GPTJ, Shape

CONFIG = "config.json"
TOKENIZER = "tokenizer.json"
WEIGHTS = ("model.safetensors", "model.safetensors.index.json")


def model_folder(folder: Path) -> Path:
    """A run's folder stands for its `model/`. Raises ConfigError for what is neither."""
    inner = folder / progress.MODEL_FOLDER
    chosen = inner if inner.is_dir() else folder
    read_shape(chosen)
    return chosen


def read_shape(folder: Path) -> Shape:
    """The sizes of the model in that folder. Raises ConfigError for a folder that holds none that can be used."""
    if not folder.is_dir():
        raise ConfigError("base", f"{folder}: there is no such folder.")
    if (folder / progress.RUN_FILE).is_file() and (folder / progress.MODEL_FOLDER).is_dir():
        raise ConfigError(
            "base", f"{folder}: is a run's folder; its model is {folder / progress.MODEL_FOLDER}."
        )
    for names in ((CONFIG,), (TOKENIZER,), WEIGHTS):
        _check_holds(folder, names)
    try:
        return _shape(documents.read_object(folder / CONFIG))
    except _Unusable as error:
        raise ConfigError("base", f"{folder}: {error}") from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ConfigError(
            "base", f"{folder / CONFIG}: is not a model's configuration ({error!r})."
        ) from error


def check_tokenizer(folder: Path) -> None:
    """Raises ConfigError for a folder without a tokenizer, which is all that random weights take from a base."""
    _check_holds(folder, (TOKENIZER,))


def hashes(folder: Path, *, weights: bool) -> dict[str, str]:
    """The SHA-256 of each file that a run takes from a base, by name, as hubs state it: the tokenizer, or all of a model.

    Raises ConfigError.
    """
    paths = [folder / TOKENIZER]
    if weights:
        paths += [folder / CONFIG, *folder.glob("*.safetensors"), *folder.glob(WEIGHTS[1])]
    return {path.name: _sha256(path) for path in sorted(paths)}


def _sha256(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ConfigError("base", f"{path}: cannot be read ({error.strerror}).") from error


class _Unusable(Exception):
    """A model of a kind that the trainer does not know."""


def _shape(document: dict[str, Any]) -> Shape:
    kind = document.get("model_type")
    if kind == GPT_NEOX:
        names = ("num_hidden_layers", "hidden_size", "num_attention_heads", "intermediate_size", "vocab_size")
        layers, width, heads, inner, vocabulary = (int(document[name]) for name in names)
        return Shape(layers, width, heads, inner, vocabulary)
    if kind == GPTJ:
        layers, width, heads, vocabulary = (
            int(document[name]) for name in ("n_layer", "n_embd", "n_head", "vocab_size")
        )
        return Shape(layers, width, heads, int(document.get("n_inner") or 4 * width), vocabulary, GPTJ)
    raise _Unusable(f"is a {kind!r} model; only 'gpt_neox' (Pythia) and 'gptj' (GPT-J) can be used.")


def _check_holds(folder: Path, names: tuple[str, ...]) -> None:
    if not any((folder / name).is_file() for name in names):
        raise ConfigError("base", f"{folder}: holds no model; {' or '.join(names)} is missing.")
