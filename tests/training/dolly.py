"""Dolly's own way from a record to ids and labels: what ours must equal, and what the benchmark runs beside it.

Written out from databrickslabs/dolly, `training/consts.py` and `training/trainer.py` (v2), its mistakes included.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tokenizers import Tokenizer
from transformers import DataCollatorForLanguageModeling, PreTrainedTokenizerFast

SHARED = Path(__file__).parents[3] / "shared" / "data"
RECORDS = SHARED / "dolly" / "databricks-dolly-15k.jsonl"
PYTHIA_TOKENIZER = SHARED / "tokenizer" / "gpt-neox-20b-tokenizer.json"
IS_HERE = RECORDS.exists() and PYTHIA_TOKENIZER.exists()

INTRO = "Below is an instruction that describes a task. Write a response that appropriately completes the request."
RESPONSE_KEY = "### Response:\n"
SPECIAL = ["### End", "### Instruction:", RESPONSE_KEY]
IGNORED = -100  # A label that bears no loss.


def text_of(record: Mapping[str, str]) -> str:
    """The training text of a record; an empty context makes no Input block."""
    context = f"Input:\n{record['context']}\n\n" if record["context"] else ""
    question = f"{INTRO}\n\n### Instruction:\n{record['instruction']}\n\n{context}"
    return f"{question}### Response:\n{record['response']}\n\n### End"


def tokenizer(bare: Tokenizer) -> PreTrainedTokenizerFast:
    """A Pythia tokenizer as Dolly prepares it: padding is the end of text, and its keys are special wherever they stand."""
    end = "<|endoftext|>"
    wrapped = PreTrainedTokenizerFast(tokenizer_object=bare, bos_token=end, eos_token=end, pad_token=end)
    wrapped.add_special_tokens({"additional_special_tokens": SPECIAL})
    return wrapped


class Collator(DataCollatorForLanguageModeling):
    """Pads to a multiple of 8, and masks up to the first response key that it finds."""

    def __init__(self, tokenizer: PreTrainedTokenizerFast) -> None:
        super().__init__(tokenizer, mlm=False, pad_to_multiple_of=8)
        self._key = tokenizer.encode(RESPONSE_KEY, add_special_tokens=False)

    def torch_call(self, examples: Sequence[Any]) -> dict[str, Any]:
        batch = super().torch_call(list(examples))
        for labels in batch["labels"]:
            labels[: self._after_key(labels)] = IGNORED
        return batch

    def _after_key(self, labels: torch.Tensor) -> int:
        for start in np.flatnonzero(labels == self._key[0]):
            if labels[start : start + len(self._key)].tolist() == self._key:
                return int(start) + len(self._key)
        raise RuntimeError("Could not find response key")
