"""Several processes as one: started by `torchrun`, each with a share of the weights (FSDP2) and of a step's rows."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import torch
import torch.distributed as dist
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import MixedPrecisionPolicy, fully_shard
from torch.distributed.tensor import DTensor

from training.loss import WithLoss
from training.packing import Rows

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Ranks:
    """Which process this is, from 0, and how many there are. One alone needs no other and asks none."""

    rank: int = 0
    size: int = 1
    launcher: int = 0

    @property
    def first(self) -> bool:
        """Whether this process is the one that writes files and speaks."""
        return self.rank == 0

    @property
    def abandoned(self) -> bool:
        """Whether the launcher that looks after the processes is gone. Nobody would end them."""
        return self.size > 1 and os.getppid() != self.launcher

    def deal(self, rows: Rows) -> list[tuple[list[int], bool]]:
        """This process's rows, and whether they count. All get equally many, or they would wait for each other."""
        turns = -(-len(rows) // self.size)
        places = (turn * self.size + self.rank for turn in range(turns))
        return [(rows[place], True) if place < len(rows) else (rows[0], False) for place in places]

    def sum(self, value: float) -> float:
        """The sum of every process's value, the same for all."""
        if self.size == 1:
            return value
        found = torch.tensor(value, dtype=torch.float64)
        dist.all_reduce(found)
        return float(found)

    def any(self, flag: bool) -> bool:
        """Whether it is so for any process."""
        return self.sum(float(flag)) > 0

    def told(self, action: Callable[[], Answer]) -> Answer:
        """What the first process finds, for all of them. Its error is raised by all."""
        if self.size == 1:
            return action()
        found: list[Any] = [None, None]
        if self.first:
            try:
                found[0] = action()
            except Exception as error:  # noqa: BLE001 (raised below, by every process)
                found[1] = error
        dist.broadcast_object_list(found, src=0)
        if found[1] is not None:
            raise found[1]
        answer: Answer = found[0]
        return answer

    def together(self, action: Callable[[], None]) -> None:
        """Do something in every process, and go on when all have. If it fails in one, it fails in all."""
        if self.size == 1:
            action()
            return
        errors: list[Exception | None] = [None] * self.size
        own: Exception | None = None
        try:
            action()
        except Exception as error:  # noqa: BLE001 (raised below, by every process)
            own = error
        dist.all_gather_object(errors, own)
        for failed in errors:
            if failed is not None:
                raise failed


ALONE = Ranks()


@contextmanager
def joined() -> Iterator[Ranks]:
    """The processes that `torchrun` started, or this one alone."""
    size = int(os.environ.get("WORLD_SIZE", "1"))
    if size == 1:
        yield ALONE
        return
    launcher = os.getppid()
    dist.init_process_group("cpu:gloo,cuda:nccl" if torch.cuda.is_available() else "gloo")
    try:
        yield Ranks(dist.get_rank(), size, launcher)
        dist.barrier()  # One that leaves early takes the connections of the others with it.
    finally:
        dist.destroy_process_group()


def shard(model: WithLoss, layers: torch.nn.ModuleList, *, device: torch.device, ranks: Ranks) -> None:
    """Leave each process its share of every weight; the whole is gathered a layer at a time."""
    mesh = init_device_mesh(device.type, (ranks.size,))
    # Gradients are added up in 32 bits, whatever they are kept in.
    policy = MixedPrecisionPolicy(reduce_dtype=torch.float32)
    for layer in layers:
        fully_shard(layer, mesh=mesh, mp_policy=policy)
    fully_shard(model, mesh=mesh, mp_policy=policy)


def whole(weights: dict[str, torch.Tensor], *, ranks: Ranks) -> dict[str, torch.Tensor]:
    """Every weight in one piece on the CPU of the first process; the others get none. All must ask."""
    gathered = {}
    for name, weight in weights.items():
        full = weight.full_tensor() if isinstance(weight, DTensor) else weight
        if ranks.first:
            gathered[name] = full.cpu()
    return gathered


def own_share(state: Any) -> Any:
    """An optimizer's state with this process's part in the place of each shared tensor."""
    if isinstance(state, dict):
        return {key: own_share(value) for key, value in state.items()}
    return state.to_local() if isinstance(state, DTensor) else state


def shared_again(state: dict[str, Any], optimizer: torch.optim.Optimizer) -> dict[str, Any]:
    """What `own_share` was given, for torch's optimizers, whose tensors are shared as their weights are."""
    weights = [weight for group in optimizer.param_groups for weight in group["params"]]
    restored = {number: _as_shared(kept, weights[number]) for number, kept in state["state"].items()}
    return {**state, "state": restored}


def _as_shared(kept: dict[str, Any], weight: torch.Tensor) -> dict[str, Any]:
    if not isinstance(weight, DTensor):
        return kept
    own = weight.to_local().shape
    return {
        key: DTensor.from_local(
            value, weight.device_mesh, weight.placements, shape=weight.shape, stride=weight.stride()
        )
        if isinstance(value, torch.Tensor) and value.shape == own and value.is_floating_point()
        else value
        for key, value in kept.items()
    }
