"""What computes a run: a processor or a GPU, what it has free, and how fast it is."""

import ctypes
import os
from dataclasses import dataclass
from pathlib import Path

import torch

from training.config import ConfigError

# Measured with the smoke recipe on two cores of an AMD EPYC (Zen 5): arithmetic a second and thread, in 32 bits.
FLOPS_A_THREAD = 3e10
# Dense arithmetic a second by the makers' data sheets, in 16 and in 32 bits, of which training reaches some two fifths
# (pytorch/torchtitan reports 33 to 39 % for an 8B model on H100s). Not measured here.
GPU_FLOPS = {"H200": (989e12, 67e12), "H100": (989e12, 67e12), "A100": (312e12, 19.5e12)}
REACHED = 0.4
# Of glibc's malloc.h.
M_TRIM_THRESHOLD, M_MMAP_MAX = -1, -4


@dataclass(frozen=True, slots=True)
class Machine:
    """One device. `flops`: what it attains a second, nothing where nobody knows."""

    name: str
    on_gpu: bool
    memory_free_bytes: int
    flops: float | None


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error tells of too little memory."""
    # torch's own class is for GPUs; on the CPU it is a RuntimeError that names its allocator.
    on_the_cpu = isinstance(error, RuntimeError) and "can't allocate memory" in str(error)
    return on_the_cpu or isinstance(error, MemoryError | torch.OutOfMemoryError)


def choose_device(name: str) -> torch.device:
    """The device of that name for this process. Raises ConfigError for one that is not there."""
    there = torch.cuda.is_available()
    if name == "cuda" and not there:
        raise ConfigError("device", "device: torch finds no GPU here; set device=cpu, or auto.")
    if name == "cpu" or not there:
        return torch.device("cpu")
    device = torch.device(
        "cuda", int(os.environ.get("LOCAL_RANK", "0"))
    )  # `torchrun` counts a machine's processes.
    torch.cuda.set_device(device)
    return device


def describe(device: torch.device, *, threads: int, precision: str) -> Machine:
    """The machine behind a device. `threads`: 0 for every core."""
    if device.type == "cpu":
        count = threads or os.cpu_count() or 1
        return Machine(
            f"the processor, {count} thread(s)", False, memory_free_bytes(), count * FLOPS_A_THREAD
        )
    name = torch.cuda.get_device_name(device)
    free, _ = torch.cuda.mem_get_info(device)
    return Machine(name, True, free, gpu_flops(name, precision=precision))


def keep_freed_memory() -> None:
    """Let this process keep the memory that it frees, for the next step to use again.

    glibc gives large blocks back at once, and the kernel empties each page anew when it is asked for the next: 3 % of
    a step's processor time for pythia-70m. The numbers are mallopt(3)'s; a C library without it stays as it is.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(M_MMAP_MAX, 0)
        mallopt(M_TRIM_THRESHOLD, -1)


def gpu_flops(name: str, *, precision: str) -> float | None:
    """What a GPU of that name attains a second, if it is known."""
    for known, (half, single) in GPU_FLOPS.items():
        if known in name:
            return REACHED * (half if precision == "bf16" else single)
    return None


def memory_free_bytes() -> int:
    """What Linux says can be had without swapping; elsewhere all the memory there is."""
    try:
        fields = dict(
            line.split(":", 1) for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        )
        return int(fields["MemAvailable"].split()[0]) * 1024
    except (OSError, KeyError, ValueError):
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
