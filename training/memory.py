"""What a run holds in memory at its fullest moment, by arithmetic. Standard library only."""

from collections.abc import Mapping
from dataclasses import dataclass

from training.config import Value
from training.recipes import GPTJ, Shape

# The process with its libraries. On the CPU measured; on a GPU what CUDA and its kernels take there.
PROCESS_BYTES = 500_000_000
GPU_PROCESS_BYTES = 1_500_000_000

# Bytes a token, layer and unit of width in 16 bits: all activations but attention scores, which no kernel here keeps
# (Korthikanti et al., 2022, section 4); those of matrix products; a layer's input alone. In 32 bits twice that.
ACTIVATION_BYTES = {"none": 34, "selective": 18, "full": 2}
# Logits in 32 bits, over which their gradient is written, beside those of 16 that they come from and that it becomes.
LOGIT_BYTES = 8
# A byte for each of two moments, and a 32-bit scale for every 128 numbers of each (`lowbit.BLOCK`).
MOMENTS_8BIT = 2 + 2 * 4 / 128
# The optimizer's 32-bit copies of what it is moving, six numbers for each of at most so many weights at once.
PIECE, PIECE_BYTES = 2**24, 24


@dataclass(frozen=True, slots=True)
class Row:
    """The largest row that is computed at once: its tokens, and those that bear loss."""

    tokens: int
    targets: int


@dataclass(frozen=True, slots=True)
class Memory:
    """Bytes: weights with what the optimizer keeps, activations with logits, and the process itself."""

    state: int
    activations: int
    process: int

    @property
    def total(self) -> int:
        """All of it."""
        return self.state + self.activations + self.process


def needed(
    shape: Shape,
    settings: Mapping[str, Value],
    row: Row,
    *,
    logits_at_once: int,
    on_gpu: bool,
    processes: int = 1,
) -> Memory:
    """The memory of one of the processes. `logits_at_once`: bytes of 32-bit logits above which they are made in parts."""
    width_bytes = _weight_bytes(settings) / 2
    unit = row.tokens * shape.hidden_size * width_bytes
    recompute = str(settings["recompute"])
    # Whatever is computed again is there, whole, for one layer at a time.
    again = 0 if recompute == "none" else ACTIVATION_BYTES["none"]
    layers = shape.num_hidden_layers * ACTIVATION_BYTES[recompute] + again
    logits = min(row.targets * shape.vocab_size, logits_at_once // 4)
    return Memory(
        state=round(_state_bytes(shape, settings) / processes),
        activations=round(unit * layers + logits * LOGIT_BYTES),
        process=GPU_PROCESS_BYTES if on_gpu else PROCESS_BYTES,
    )


def learning_parameters(shape: Shape, settings: Mapping[str, Value]) -> int:
    """How many numbers move: all, or those of the adapter (`lora`)."""
    rank, width, inner = int(settings["lora_rank"]), shape.hidden_size, shape.intermediate_size
    if not rank:
        return shape.parameters
    # In and out of each map: four of attention, or one from which GPT-NeoX gets three, and the two of the MLP.
    attention = 4 * 2 * width if shape.architecture == GPTJ else (width + 3 * width) + 2 * width
    markers = 2 * 3 * width
    return shape.num_hidden_layers * rank * (attention + 2 * (width + inner)) + markers


def checkpoint_bytes(shape: Shape, settings: Mapping[str, Value]) -> int:
    """What one checkpoint takes on the disk."""
    learning = learning_parameters(shape, settings)
    weight = 4 if settings["lora_rank"] else _weight_bytes(settings)
    return round(learning * (weight + _optimizer_bytes(settings)))


def model_bytes(shape: Shape, settings: Mapping[str, Value]) -> int:
    """What the finished model takes on the disk."""
    return shape.parameters * _weight_bytes(settings)


def _state_bytes(shape: Shape, settings: Mapping[str, Value]) -> float:
    weight, learning = _weight_bytes(settings), learning_parameters(shape, settings)
    if settings["lora_rank"]:
        return shape.parameters * weight + learning * (4 + 4 + _optimizer_bytes(settings))
    largest = shape.vocab_size * shape.hidden_size
    # Inside the backward pass there is one gradient at a time, at worst that of an embedding.
    gradients = largest if settings["in_backward"] else learning
    # torch's own moves weights in their places, without copies: it is fused.
    moving = 0 if settings["optimizer"] == "adamw" else min(largest, PIECE) * PIECE_BYTES
    return learning * (weight + _optimizer_bytes(settings)) + gradients * weight + moving


def _optimizer_bytes(settings: Mapping[str, Value]) -> float:
    """For each number that moves: two moments, and the lower half of a weight that is split."""
    if settings["optimizer"] == "adamw":
        return 8
    splits = settings["optimizer"] == "split-8bit" and settings["precision"] == "bf16"
    return MOMENTS_8BIT + (2 if splits else 0)


def _weight_bytes(settings: Mapping[str, Value]) -> int:
    return 2 if settings["precision"] == "bf16" else 4
