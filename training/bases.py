"""What a model's folder must hold before it is loaded. Standard library only."""

import json
from pathlib import Path

from training import progress
from training.config import ConfigError
from training.recipes import Shape

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
    """The sizes of the GPT-NeoX in that folder. Raises ConfigError for a folder that holds none."""
    if not folder.is_dir():
        raise ConfigError("base", f"{folder}: there is no such folder.")
    for names in ((CONFIG,), (TOKENIZER,), WEIGHTS):
        if not any((folder / name).is_file() for name in names):
            raise ConfigError("base", f"{folder}: holds no model; {' or '.join(names)} is missing.")
    try:
        document = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
        kind = document.get("model_type")
        if kind != "gpt_neox":
            raise ConfigError("base", f"{folder}: is a {kind!r} model; only 'gpt_neox' (Pythia) can be used.")
        return Shape(*(int(document[name]) for name in Shape.__dataclass_fields__))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        if isinstance(error, ConfigError):
            raise
        raise ConfigError(
            "base", f"{folder / CONFIG}: is not a model's configuration ({error!r})."
        ) from error
