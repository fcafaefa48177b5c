"""A GPT-NeoX with its tokenizer: made fresh, loaded, saved. safetensors only, never code from a model's folder."""

import os
from dataclasses import asdict
from pathlib import Path

import torch
from safetensors import SafetensorError
from tokenizers import Tokenizer
from transformers import GenerationConfig, GPTNeoXConfig, GPTNeoXForCausalLM, PreTrainedTokenizerFast
from transformers.utils import logging

from training import attention, prompts
from training.config import ConfigError
from training.recipes import Shape
from training.tokenizer import padded, token_id

logging.set_verbosity_error()
logging.disable_progress_bar()


def use_threads(count: int) -> None:
    """Compute with so many threads; 0 takes every core. On busy cores more threads than are free make it slower."""
    torch.set_num_threads(count or os.cpu_count() or 1)


def fresh(shape: Shape, *, tokenizer: Tokenizer, seed: int) -> GPTNeoXForCausalLM:
    """A model of that shape with random weights, and rows for every token."""
    torch.manual_seed(seed)
    rows = max(shape.vocab_size, padded(tokenizer.get_vocab_size()))
    sizes = asdict(shape) | {"vocab_size": rows}
    del sizes["architecture"]
    model = GPTNeoXForCausalLM(GPTNeoXConfig(**sizes, bos_token_id=0, eos_token_id=0))
    model.set_attn_implementation(attention.NAME)
    return model


def load(folder: Path, *, tokenizer: Tokenizer, attention_name: str) -> GPTNeoXForCausalLM:
    """The model in a folder, in 32 bits.

    It gets rows for markers it has no room for, and never loses any: Dolly's resize shrinks Pythia's vocabulary.
    """
    try:
        model = GPTNeoXForCausalLM.from_pretrained(
            folder,
            dtype=torch.float32,
            attn_implementation=attention_name,
            use_safetensors=True,
            local_files_only=True,
            trust_remote_code=False,
        )
    except (OSError, ValueError, RuntimeError, SafetensorError) as error:
        reason = str(error).strip().partition("\n")[0]
        raise ConfigError("base", f"{folder}: the model cannot be loaded ({reason}).") from error
    if model.config.vocab_size < tokenizer.get_vocab_size():
        model.resize_token_embeddings(padded(tokenizer.get_vocab_size()), mean_resizing=False)
    return model


def save(model: GPTNeoXForCausalLM, folder: Path, *, tokenizer: Tokenizer) -> None:
    """Write a folder that plain transformers loads, that generates with its cache, and that stops at the end marker."""
    stops = [token_id(tokenizer, marker) for marker in (prompts.END_MARKER, prompts.END_OF_TEXT)]
    model.config.use_cache = True
    model.generation_config = GenerationConfig(eos_token_id=stops, pad_token_id=stops[-1])
    model.save_pretrained(folder, safe_serialization=True)
    wrapped = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        bos_token=prompts.END_OF_TEXT,
        eos_token=prompts.END_OF_TEXT,
        pad_token=prompts.END_OF_TEXT,
        additional_special_tokens=list(prompts.MARKERS),
        model_max_length=model.config.max_position_embeddings,
    )
    wrapped.save_pretrained(folder)
