"""A model ready to be trained: on its device, in its precision, shared among processes, with what moves its weights."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from transformers import PreTrainedModel

from training import attention, distributed, lora, prompts, recompute
from training import model as models
from training.config import Value
from training.distributed import Ranks
from training.loss import WithLoss
from training.machine import choose_device
from training.optimizer import new_optimizer
from training.preparation import Prepared
from training.tokenizer import token_id
from training.update import Update

DTYPES = {"fp32": torch.float32, "bf16": torch.bfloat16}


class Engine:
    """The parts of a training process. `model` is as transformers knows it, `learner` what a step calls."""

    def __init__(
        self, model: PreTrainedModel, settings: Mapping[str, Value], *, device: torch.device, ranks: Ranks
    ) -> None:
        self.model, self.ranks = model, ranks
        self.learner = WithLoss(model)
        recompute.apply(model, str(settings["recompute"]))
        if ranks.size > 1:
            distributed.shard(self.learner, models.layers_of(model), device=device, ranks=ranks)
        self.optimizer = new_optimizer(
            model.parameters(), name=str(settings["optimizer"]), seed=int(settings["seed"]) + ranks.rank
        )
        self.update = Update(model.parameters(), self.optimizer, settings)

    def state(self) -> dict[str, Any]:
        """What this process must remember beside the weights to go on bit for bit."""
        return {
            "optimizer": distributed.own_share(self.optimizer.state_dict()),
            "previous_norm": self.update.previous_norm,
            "random": torch.get_rng_state(),
            "cuda_random": torch.cuda.get_rng_state() if self.model.device.type == "cuda" else None,
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go back to a remembered state."""
        self.optimizer.load_state_dict(distributed.shared_again(state["optimizer"], self.optimizer))
        self.update.previous_norm = state["previous_norm"]
        torch.set_rng_state(state["random"])
        if state["cuda_random"] is not None:
            torch.cuda.set_rng_state(state["cuda_random"])

    def weights(self, *, trained_only: bool = False) -> dict[str, torch.Tensor]:
        """The weights by their names, for the first process to save."""
        wanted = {
            name for name, weight in self.model.named_parameters() if weight.requires_grad or not trained_only
        }
        found = {name: weight for name, weight in self.model.state_dict().items() if name in wanted}
        return distributed.whole(found, ranks=self.ranks)


def start(prepared: Prepared, *, ranks: Ranks, checkpoint: Path | None = None) -> Engine:
    """The engine of a run that is to begin, or to go on from a checkpoint."""
    settings = prepared.settings
    device = choose_device(str(settings["device"]))
    # Weights that are to be shared stay off the device until each process has only its part.
    model = _model(
        prepared, dtype=DTYPES[str(settings["precision"])], device="cpu" if ranks.size > 1 else str(device)
    )
    if settings["lora_rank"]:
        _adapt(model, prepared)
        if checkpoint:
            lora.restore(model, checkpoint)
    return Engine(model, settings, device=device, ranks=ranks)


def _model(prepared: Prepared, *, dtype: torch.dtype, device: str) -> PreTrainedModel:
    tokenizer = prepared.tokenizer
    if prepared.source is None:
        seed = int(prepared.settings["seed"])
        return models.fresh(prepared.shape, tokenizer=tokenizer, seed=seed, dtype=dtype, device=device)
    return models.load(
        prepared.source, tokenizer=tokenizer, attention_name=attention.NAME, dtype=dtype, device=device
    )


def _adapt(model: PreTrainedModel, prepared: Prepared) -> None:
    settings = prepared.settings
    lora.adapt(
        model,
        rank=int(settings["lora_rank"]),
        alpha=float(settings["lora_alpha"]),
        ids=[token_id(prepared.tokenizer, marker) for marker in prompts.MARKERS],
        seed=int(settings["seed"]),
    )
