"""Three ways to train one epoch over the same records on the CPU in 32 bits: each tells the processor time it took.

Tokenising, packing ahead of training and loading are not counted, whoever does them.
"""

import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import torch
from datasets import Dataset
from tokenizers import Tokenizer
from transformers import (
    GPTNeoXConfig,
    GPTNeoXForCausalLM,
    PreTrainedTokenizerFast,
    Trainer,
    TrainingArguments,
)
from trl import SFTConfig, SFTTrainer

from tests.training import dolly
from training import machine
from training import model as models
from training.config import find_recipe, settings_of
from training.data import Example
from training.distributed import ALONE
from training.engine import Engine
from training.loop import Schedule, train
from training.recipes import Shape

ROW_TOKENS = 2048
# Dolly trained with 6 records on each of 8 GPUs; here one process does their work, and then takes the step.
RECORDS_AT_ONCE, GPUS = 6, 8
LEARNING_RATE = 5e-6

Way = Callable[[Shape, Tokenizer, Sequence[Example]], float]


def ours(shape: Shape, tokenizer: Tokenizer, examples: Sequence[Example]) -> float:
    """Flock's loop: packed rows, attention within records, the prompts' opening once a row.

    The head and the last layer's MLP run on loss-bearing tokens.
    """
    machine.keep_freed_memory()
    overrides = {"init": "random", "device": "cpu", "batch_records": RECORDS_AT_ONCE * GPUS}
    settings = settings_of(find_recipe("pythia-70m"), overrides)
    engine = Engine(
        models.fresh(shape, tokenizer=tokenizer, seed=1), settings, device=torch.device("cpu"), ranks=ALONE
    )
    steps = -(-len(examples) // (RECORDS_AT_ONCE * GPUS))
    schedule = Schedule.of(settings, steps=steps)
    taken = train(engine.learner, engine.update, examples, schedule=schedule, settings=settings, done=0)
    return seconds(lambda: list(taken))


def dollys(
    shape: Shape, tokenizer: Tokenizer, examples: Sequence[Example], *, attention: str = "eager"
) -> float:
    """Dolly's recipe on the Trainer: padded batches in random order, every activation computed twice.

    GPT-NeoX had no other attention than the eager one in its day.
    """
    with tempfile.TemporaryDirectory() as folder:
        settings = TrainingArguments(
            per_device_train_batch_size=RECORDS_AT_ONCE,
            gradient_accumulation_steps=GPUS,
            gradient_checkpointing=True,
            remove_unused_columns=False,
            **common(folder),
        )
        trainer = Trainer(
            model=plain(shape, attention=attention),
            args=settings,
            train_dataset=[{"input_ids": example.ids.tolist()} for example in examples],
            data_collator=dolly.Collator(wrapped(tokenizer)),
        )
        return seconds(trainer.train)


def trls(shape: Shape, tokenizer: Tokenizer, examples: Sequence[Example]) -> float:
    """TRL's supervised trainer at its best here: best-fit packing, loss on the response, nothing computed twice."""
    rows = [
        {
            "input_ids": example.ids.tolist(),
            "completion_mask": [0] * example.prompt_tokens + [1] * example.answer_tokens,
        }
        for example in examples
    ]
    with tempfile.TemporaryDirectory() as folder:
        settings = SFTConfig(
            per_device_train_batch_size=1,
            gradient_accumulation_steps=len(
                examples
            ),  # At most one row a record: one step, as the others take.
            gradient_checkpointing=False,
            packing=True,
            max_length=ROW_TOKENS,
            completion_only_loss=True,
            **common(folder),
        )
        trainer = SFTTrainer(
            plain(shape), settings, train_dataset=Dataset.from_list(rows), processing_class=wrapped(tokenizer)
        )
        return seconds(trainer.train)


def common(folder: str) -> dict[str, Any]:
    """What both peers are told: one epoch of AdamW in 32 bits on the CPU, and nothing beside it."""
    return {
        "output_dir": folder,
        "num_train_epochs": 1,
        "learning_rate": LEARNING_RATE,
        "lr_scheduler_type": "constant",
        "optim": "adamw_torch",
        "bf16": False,
        "use_cpu": True,
        "dataloader_pin_memory": False,
        "save_strategy": "no",
        "logging_strategy": "no",
        "report_to": "none",
        "disable_tqdm": True,
        "seed": 1,
    }


def plain(shape: Shape, *, attention: str = "sdpa") -> GPTNeoXForCausalLM:
    """A model as the peers get it; sdpa is what transformers chooses today."""
    torch.manual_seed(1)
    sizes = {name: getattr(shape, name) for name in GPTNeoXConfig().to_dict() if hasattr(shape, name)}
    model = GPTNeoXForCausalLM(GPTNeoXConfig(**sizes, use_cache=False))
    model.set_attn_implementation(attention)
    return model


def wrapped(tokenizer: Tokenizer) -> PreTrainedTokenizerFast:
    return dolly.tokenizer(Tokenizer.from_str(tokenizer.to_str()))


def seconds(work: Callable[[], object]) -> float:
    """Processor time of this process, all of its threads."""
    began = time.process_time()
    work()
    return time.process_time() - began


WAYS: dict[str, Way] = {
    "ours": ours,
    "Dolly's": dollys,
    "Dolly's on sdpa": partial(dollys, attention="sdpa"),
    "TRL's": trls,
}
