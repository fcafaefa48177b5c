"""A Pythia or a GPT-J with its tokenizer: made fresh, loaded, saved. safetensors only, never code from a model's folder."""

import os
from dataclasses import asdict
from pathlib import Path
from typing import Any, cast

import torch
from safetensors import SafetensorError, safe_open
from tokenizers import Tokenizer
from transformers import (
    AutoConfig,
    AutoModelForCausalLM,
    GenerationConfig,
    GPTJConfig,
    GPTJForCausalLM,
    GPTNeoXConfig,
    PreTrainedModel,
    PreTrainedTokenizerFast,
)
from transformers.utils import logging

from training import attention, bases, gptj, last_layer, lora, prompts
from training.config import ConfigError
from training.machine import choose_device, is_out_of_memory
from training.recipes import GPTJ, Shape
from training.tokenizer import load as load_tokenizer
from training.tokenizer import padded, token_id

logging.set_verbosity_error()
logging.disable_progress_bar()

# GPT-J rotates the first 64 numbers of a head (EleutherAI/gpt-j-6b, `config.json`); a small head has fewer.
GPTJ_ROTATED = 64


class NoNumbers(ConfigError):
    """A model that gives no number where it should: its weights are damaged, or too large for their bits."""

    def __init__(self, asked: str) -> None:
        super().__init__(
            "model", f"what the model gives for {asked} is no number; its weights are damaged, or too large."
        )


def use_threads(count: int) -> None:
    """Compute with so many threads; 0 takes every core, of which processes that `torchrun` started get equal shares.

    On busy cores more threads than are free make it slower.
    """
    sharing = int(os.environ.get("LOCAL_WORLD_SIZE", "1"))
    torch.set_num_threads(count or max(1, (os.cpu_count() or 1) // sharing))


def fresh(
    shape: Shape,
    *,
    tokenizer: Tokenizer,
    seed: int,
    dtype: torch.dtype = torch.float32,
    device: str = "cpu",
) -> PreTrainedModel:
    """A model of that shape with random weights, and rows for every token."""
    torch.manual_seed(seed)
    rows = max(shape.vocab_size, padded(tokenizer.get_vocab_size()))
    sizes: dict[str, Any] = asdict(shape) | {"vocab_size": rows, "bos_token_id": 0, "eos_token_id": 0}
    config = _gptj_config(sizes) if sizes.pop("architecture") == GPTJ else GPTNeoXConfig(**sizes)
    with torch.device(device):
        model = AutoModelForCausalLM.from_config(config, attn_implementation=attention.NAME, dtype=dtype)
    return _ready(model)


def load(
    folder: Path,
    *,
    tokenizer: Tokenizer,
    attention_name: str,
    dtype: torch.dtype = torch.float32,
    device: str = "cpu",
) -> PreTrainedModel:
    """The model in a folder.

    It gets rows for markers it has no room for, and never loses any: Dolly's resize shrinks Pythia's vocabulary.
    """
    if bases.read_shape(folder).architecture == GPTJ and attention_name != attention.NAME:
        attention_name = "eager"  # transformers has no other for it.
    try:
        model = AutoModelForCausalLM.from_pretrained(
            folder,
            dtype=dtype,
            attn_implementation=attention_name,
            use_safetensors=True,
            local_files_only=True,
            trust_remote_code=False,
        )
    except (OSError, ValueError, RuntimeError, SafetensorError) as error:
        if is_out_of_memory(error):
            raise
        reason = str(error).strip().partition("\n")[0]
        raise ConfigError("base", f"{folder}: the model cannot be loaded ({reason}).") from error
    if model.config.vocab_size < tokenizer.get_vocab_size():
        model.resize_token_embeddings(padded(tokenizer.get_vocab_size()), mean_resizing=False)
    model.to(device)  # type: ignore[arg-type]  # transformers' wrapper hides the method's own types
    return _ready(model)


def load_to_ask(folder: Path, *, attention_name: str) -> PreTrainedModel:
    """The model in a folder, to answer or to be measured: where there is a GPU on it, and with as many bits as it has.

    In 32 bits one that was trained in 16 would need twice the memory that it was trained with.
    """
    device = str(choose_device("auto"))
    dtype = _dtype_to_ask(folder, on_gpu=device != "cpu")
    return load(
        folder, tokenizer=load_tokenizer(folder), attention_name=attention_name, dtype=dtype, device=device
    )


def _dtype_to_ask(folder: Path, *, on_gpu: bool) -> torch.dtype:
    """The weights' own. A processor reads a prompt in fp16 four times slower than in 32 bits, so that it gets those."""
    check_weights(folder)
    kinds = set[str]()
    for path in folder.glob("*.safetensors"):
        with safe_open(path, framework="pt") as file:
            kinds.update(file.get_slice(name).get_dtype() for name in file.keys())  # noqa: SIM118 -- no mapping
    if kinds & {"F32", "F64"}:
        return torch.float32
    if "BF16" in kinds:
        return torch.bfloat16
    return torch.float16 if "F16" in kinds and on_gpu else torch.float32


def check_weights(folder: Path) -> None:
    """Raises ConfigError for safetensors that are not whole, long before they are loaded."""
    for path in sorted(folder.glob("*.safetensors")):
        try:
            with safe_open(path, framework="pt"):
                pass
        except (OSError, SafetensorError) as error:
            raise ConfigError("base", f"{path}: the weights cannot be read ({error}).") from error


def window(folder: Path) -> int:
    """How many tokens the model in a folder reads at most."""
    config = AutoConfig.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    return int(config.max_position_embeddings)


def layers_of(model: PreTrainedModel) -> torch.nn.ModuleList:
    """The transformer's layers, in order."""
    name = "h" if isinstance(model, GPTJForCausalLM) else "layers"
    return cast("torch.nn.ModuleList", getattr(model.base_model, name))


def save(
    model: PreTrainedModel,
    folder: Path,
    *,
    tokenizer: Tokenizer,
    weights: dict[str, torch.Tensor] | None = None,
) -> None:
    """Write a folder that plain transformers loads, that generates with its cache, and that stops at the end marker.

    An adapter is merged into what it is beside. `weights`: those of the model, if it holds but a share of them itself.
    """
    stops = [token_id(tokenizer, marker) for marker in (prompts.END_MARKER, prompts.END_OF_TEXT)]
    model.config.use_cache = True
    model.generation_config = GenerationConfig(eos_token_id=stops, pad_token_id=stops[-1])
    whole: dict[str, torch.Tensor] = model.state_dict() if weights is None else weights
    if lora.is_adapted(model):
        whole = lora.merged(model, whole)
    model.save_pretrained(folder, state_dict=whole, safe_serialization=True)
    wrapped = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        bos_token=prompts.END_OF_TEXT,
        eos_token=prompts.END_OF_TEXT,
        pad_token=prompts.END_OF_TEXT,
        additional_special_tokens=list(prompts.MARKERS),
        model_max_length=model.config.max_position_embeddings,
    )
    wrapped.save_pretrained(folder)


def _gptj_config(sizes: dict[str, Any]) -> GPTJConfig:
    names = {
        "num_hidden_layers": "n_layer",
        "hidden_size": "n_embd",
        "num_attention_heads": "n_head",
        "intermediate_size": "n_inner",
    }
    head_size = sizes["hidden_size"] // sizes["num_attention_heads"]
    renamed = {names.get(key, key): value for key, value in sizes.items()}
    return GPTJConfig(**renamed, rotary_dim=min(GPTJ_ROTATED, head_size))


def _ready(model: PreTrainedModel) -> PreTrainedModel:
    if isinstance(model, GPTJForCausalLM):
        gptj.hand_bounds_down(model)
    last_layer.take_wanted(model, cast("torch.nn.Module", layers_of(model)[-1].mlp))
    return model
