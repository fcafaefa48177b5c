"""The named configurations of a fine-tune, as data. Standard library only."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Shape:
    """A GPT-NeoX model's sizes, by the names of its `config.json`."""

    num_hidden_layers: int
    hidden_size: int
    num_attention_heads: int
    intermediate_size: int
    vocab_size: int

    @property
    def parameters(self) -> int:
        """Embedding and untied head, then per layer two norms, attention and MLP with biases, and a last norm."""
        width, inner = self.hidden_size, self.intermediate_size
        attention = 4 * width * width + 4 * width
        mlp = 2 * width * inner + inner + width
        return (
            2 * self.vocab_size * width + self.num_hidden_layers * (4 * width + attention + mlp) + 2 * width
        )


@dataclass(frozen=True, slots=True)
class Recipe:
    """One way to fine-tune. `needs_base`: it starts from a pretrained model's folder, not from random weights."""

    name: str
    description: str
    shape: Shape
    needs_base: bool
    cools_down: bool  # The learning rate falls to zero along a cosine; otherwise it stays, as Dolly's does.
    settings: Mapping[str, int | float]


SMOKE = Recipe(
    name="smoke",
    description="A tiny Pythia with random weights and a tokenizer of its own, on the CPU in about a minute.",
    # `vocab_size` is the most its tokenizer may learn; little data gives fewer.
    shape=Shape(2, 128, 4, 256, 1024),
    needs_base=False,
    cools_down=True,
    settings=MappingProxyType(
        {
            "learning_rate": 5e-3,
            "warmup_steps": 20,
            "epochs": 100,
            "max_steps": 320,
            "batch_records": 4,
            "max_length": 2048,
            "checkpoint_steps": 50,
            "evaluation_records": 0,
            "seed": 42,
            "threads": 1,
        }
    ),
)

# Dolly v2's settings (48 records a step, 2 epochs, 50 warm-up steps, then constant, 200 records held out, seed
# 42; databrickslabs/dolly, `train_dolly.py`) on the small Pythias, with v1's learning rate.
_DOLLY = MappingProxyType(
    {
        "learning_rate": 1e-5,
        "warmup_steps": 50,
        "epochs": 2,
        "max_steps": 1_000_000,
        "batch_records": 48,
        "max_length": 2048,
        "checkpoint_steps": 200,
        "evaluation_records": 200,
        "seed": 42,
        "threads": 0,
    }
)


def _pythia(size: str, *shape: int) -> Recipe:
    description = f"Pythia {size} in 32 bits on the CPU, with Dolly's settings. Needs the base EleutherAI/pythia-{size}."
    return Recipe(
        f"pythia-{size}", description, Shape(*shape), needs_base=True, cools_down=False, settings=_DOLLY
    )


RECIPES: Mapping[str, Recipe] = MappingProxyType(
    {
        recipe.name: recipe
        for recipe in (
            SMOKE,
            _pythia("70m", 6, 512, 8, 2048, 50304),
            _pythia("160m", 12, 768, 12, 3072, 50304),
            _pythia("410m", 24, 1024, 16, 4096, 50304),
        )
    }
)
