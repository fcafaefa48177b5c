"""What a run will do and need, told before any weights are loaded."""

import os
import shutil
from argparse import Namespace
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from training import machine as machines
from training import memory as memories
from training import progress
from training.config import RunConfig, Value, find_recipe
from training.data import Example
from training.loss import LOGIT_BYTES, common_opening
from training.machine import Machine
from training.memory import Memory
from training.packing import Rows, batches, row_capacity
from training.preparation import Prepared, check_inputs, prepare, read_data, too_long

# Measured with the smoke recipe on two cores of an AMD EPYC (Zen 5): starting, and a step beside its arithmetic.
START_SECONDS = 8.0
STEP_SECONDS = 0.03
# Forward, and twice that backward; a layer computed again is one more forward. An adapter needs no weights' gradients.
FLOPS = 6
RECOMPUTED_FLOPS = 2
ADAPTER_FLOPS = 4

# What makes a run smaller, the least change first. Clipping by the norm of the step before is not Dolly's.
SAVINGS: tuple[dict[str, Value], ...] = (
    {"recompute": "selective"},
    {"recompute": "full"},
    {"precision": "bf16", "optimizer": "split-8bit", "recompute": "full"},
    {
        "precision": "bf16",
        "optimizer": "split-8bit",
        "recompute": "full",
        "in_backward": 1,
        "clipping": "previous-step",
    },
    {
        "precision": "bf16",
        "optimizer": "stochastic",
        "recompute": "full",
        "in_backward": 1,
        "clipping": "previous-step",
    },
)

GB = 1e9


class DoesNotFit(RuntimeError):
    """The machine has too little memory or disk for this run."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The figures of a run to come, each as the metrics' `plan` event names it."""

    records: int
    held_out: int
    too_long: int
    steps: int
    epochs: float
    tokens: int
    loss_tokens: int
    parameters: int
    learning_parameters: int
    computes_on: str
    memory_bytes: int
    state_bytes: int
    activation_bytes: int
    memory_free_bytes: int
    disk_bytes: int
    disk_free_bytes: int
    seconds: int | None
    advice: str

    @property
    def fits(self) -> bool:
        """Whether memory and disk suffice."""
        return self.memory_bytes <= self.memory_free_bytes and self.disk_bytes <= self.disk_free_bytes


def run(args: Namespace) -> int:
    """The command: the plan to stdout; 1 if it does not fit."""
    config: RunConfig = args.config
    check_inputs(config)
    prepared = prepare(config, read_data(config))
    found = plan(prepared, out=Path(config.out))
    print(describe(found, prepared))
    print("It fits." if found.fits else refusal(found))
    return progress.EXIT_DONE if found.fits else progress.EXIT_REFUSED


def plan(prepared: Prepared, *, out: Path) -> Plan:
    """Count, and compare with what this machine has free. Raises ConfigError for a device that is not there."""
    training, shape, settings = prepared.training, prepared.shape, prepared.settings
    rows = [row for step in _steps(prepared) for row in step]
    seen = [item for row in rows for item in row]
    machine = machines.describe(
        machines.choose_device(str(settings["device"])),
        threads=int(settings["threads"]),
        precision=str(settings["precision"]),
    )
    memory = _memory(prepared, settings, on_gpu=machine.on_gpu)
    counted = {
        "tokens": sum(len(training[item]) for item in seen),
        "loss_tokens": sum(training[item].answer_tokens for item in seen),
    }
    computed = sum(_computed(training, row) for row in rows)
    each = memories.checkpoint_bytes(shape, settings)
    checkpoints = (progress.KEPT_CHECKPOINTS + 1) * each  # One is in the making.
    return Plan(
        records=len(training),
        held_out=len(prepared.held_out),
        too_long=len(prepared.too_long),
        steps=prepared.steps,
        epochs=round(len(seen) / len(training), 2),
        **counted,
        parameters=shape.parameters,
        learning_parameters=memories.learning_parameters(shape, settings),
        computes_on=machine.name,
        memory_bytes=memory.total,
        state_bytes=memory.state,
        activation_bytes=memory.activations,
        memory_free_bytes=machine.memory_free_bytes,
        disk_bytes=checkpoints + memories.model_bytes(shape, settings),
        disk_free_bytes=shutil.disk_usage(_existing(out)).free,
        seconds=_seconds(prepared, flops=machine.flops, tokens=computed, loss_tokens=counted["loss_tokens"]),
        advice=_advice(prepared, machine) if memory.total > machine.memory_free_bytes else "",
    )


def describe(found: Plan, prepared: Prepared) -> str:
    """The plan in plain words, a line each."""
    recipe = prepared.recipe
    lines = [
        f"Recipe {recipe.name}: {recipe.description}",
        *_other_base(prepared),
        f"{found.records} records to learn from, {found.held_out} held out.",
    ]
    if prepared.too_long:
        lines.append(too_long(prepared) + f" {_lines(prepared.too_long)}.")
    lines.append(
        f"{found.steps} steps, {found.epochs} epochs: {found.tokens} tokens, {found.loss_tokens} of them bear loss."
    )
    if found.epochs < 1:
        lines.append(
            f"That is a part of the data: max_steps ends the run after {found.epochs:.0%} of an epoch."
        )
    if changed := _changed(prepared):
        lines.append(f"Other than the recipe has it: {changed}.")
    lines.append(_clipping(prepared))
    adapter = found.learning_parameters < found.parameters
    learning = f" ({_rounded(found.learning_parameters)} learn)" if adapter else ""
    lines.append(
        f"{_rounded(found.parameters)} parameters{learning}, on {found.computes_on}: {_duration(found)}."
    )
    lines.append(
        f"{found.memory_bytes / GB:.1f} GB of memory ({found.state_bytes / GB:.1f} for weights and what moves them,"
        f" {found.activation_bytes / GB:.1f} for activations), of {found.memory_free_bytes / GB:.1f} free;"
        f" {found.disk_bytes / GB:.2f} GB of disk, of {found.disk_free_bytes / GB:.1f} free."
    )
    return "\n".join(lines)


def refusal(found: Plan) -> str:
    """Why a plan does not fit, and what would help."""
    if found.memory_bytes > found.memory_free_bytes:
        return f"It does not fit the memory. {found.advice}"
    return "It does not fit the disk; free some space, or choose another --out."


def _steps(prepared: Prepared) -> list[Rows]:
    """The rows of every step."""
    settings = prepared.settings
    planned = batches(
        [len(example) for example in prepared.training],
        batch_records=int(settings["batch_records"]),
        capacity=row_capacity(settings),
        seed=int(settings["seed"]),
    )
    return list(islice(planned, prepared.steps))


def _memory(prepared: Prepared, settings: Mapping[str, Value], *, on_gpu: bool) -> Memory:
    """The memory that the run would take with these settings in the place of its own."""
    rows = [row for rows in _steps(replace(prepared, settings=settings)) for row in rows]
    examples = prepared.training
    return memories.needed(
        prepared.shape,
        settings,
        memories.Row(
            tokens=max(_computed(examples, row) for row in rows),
            targets=max(sum(examples[item].answer_tokens for item in row) for row in rows),
        ),
        logits_at_once=LOGIT_BYTES,
        on_gpu=on_gpu,
        processes=_processes(),
    )


def _computed(examples: Sequence[Example], row: Sequence[int]) -> int:
    """A row's tokens; what its records open with is there once."""
    records = [examples[item] for item in row]
    return sum(map(len, records)) - (len(records) - 1) * common_opening(records)


def _advice(prepared: Prepared, machine: Machine) -> str:
    """The least change that would make it fit, among settings and as an adapter."""

    def fits(settings: Mapping[str, Value]) -> bool:
        memory = _memory(prepared, settings, on_gpu=machine.on_gpu)
        return memory.total <= machine.memory_free_bytes

    ways = []
    adapter = bool(prepared.settings["lora_rank"])
    savings = [saving for saving in SAVINGS if not adapter or saving.keys() == {"recompute"}]
    if saving := next((saving for saving in savings if fits({**prepared.settings, **saving})), None):
        changes = [(key, value) for key, value in saving.items() if value != prepared.settings[key]]
        ways.append(" ".join(f"--set {key}={value}" for key, value in changes))
    twin = f"lora-{prepared.recipe.name}"
    if not adapter and fits({**find_recipe(twin).settings, "recompute": "full"}):
        ways.append(f"--recipe {twin} --set recompute=full")
    if not ways:
        return "No setting would make it; a smaller base, or a lower max_length, might."
    return f"It would with {', or with '.join(ways)}."


def _seconds(prepared: Prepared, *, tokens: int, loss_tokens: int, flops: float | None) -> int | None:
    """How long it takes to compute so many tokens, where the machine's speed is known."""
    if flops is None:
        return None
    shape, settings = prepared.shape, prepared.settings
    head = shape.vocab_size * shape.hidden_size
    last_mlp = 2 * shape.hidden_size * shape.intermediate_size
    each = ADAPTER_FLOPS if settings["lora_rank"] else FLOPS
    again = RECOMPUTED_FLOPS if settings["recompute"] == "full" else 0
    # The last layer's MLP and the head run on the tokens that bear loss alone.
    layers = (shape.parameters - 2 * head) * tokens - last_mlp * (tokens - loss_tokens)
    work = (each + again) * layers + each * head * loss_tokens
    return round(START_SECONDS + prepared.steps * STEP_SECONDS + work / flops / _processes())


def _processes() -> int:
    """How many share the work; `torchrun` tells."""
    return int(os.environ.get("WORLD_SIZE", "1"))


def _other_base(prepared: Prepared) -> list[str]:
    """A recipe that names no base speaks of random weights and a tokenizer of its own."""
    if prepared.recipe.base or prepared.base is None:
        return []
    return [f"Here it has the weights, the shape and the tokenizer of {prepared.base} to begin with."]


def _clipping(prepared: Prepared) -> str:
    limit = prepared.settings["clip_norm"]
    if prepared.settings["clipping"] == "global":
        return f"Gradients are clipped to {limit} by their global norm, as Dolly clips them."
    return (
        f"Gradients are clipped to {limit} by the norm of the step before, as Dolly does not: not faithful."
    )


def _changed(prepared: Prepared) -> str:
    usual = prepared.recipe.settings
    return ", ".join(f"{key}={value}" for key, value in prepared.settings.items() if value != usual[key])


def _rounded(count: int) -> str:
    return f"{count / 1e6:,.1f} million" if count >= 1e6 else f"{count / 1e3:,.0f} thousand"


def _lines(numbers: Sequence[int]) -> str:
    more = f" and {len(numbers) - 50} more" if len(numbers) > 50 else ""
    return "Line " + ", ".join(map(str, numbers[:50])) + more


def _duration(found: Plan) -> str:
    if found.seconds is None:
        return "nobody has timed this GPU"
    for unit, seconds in (("h", 3_600), ("min", 60)):
        if found.seconds >= 2 * seconds:
            return f"about {found.seconds // seconds} {unit}"
    return f"about {found.seconds} s"


def _existing(path: Path) -> Path:
    return next(folder for folder in (path.absolute(), *path.absolute().parents) if folder.exists())
