"""Why a run failed, in words for the person who started it."""

import errno

from safetensors import SafetensorError
from torch.distributed import DistError

from training.checkpoint import NoneWhole
from training.loop import Diverged
from training.machine import is_out_of_memory
from training.model import NoNumbers
from training.plan import DoesNotFit

# What a run can meet without a fault of its program.
EXPECTED = (Diverged, NoNumbers, NoneWhole, DoesNotFit, OSError, SafetensorError, MemoryError)


def reason_of(error: BaseException) -> str | None:
    """The reason, or nothing for an error of the program."""
    # torch.save tells of a full disk, or a file that may grow no larger, in the words of its own writer alone.
    full = any(_says(error, words) for words in ("No space left", "inline_container", "PytorchStreamWriter"))
    if full or getattr(error, "errno", None) in {errno.ENOSPC, errno.EFBIG}:
        return "The disk is full. Free some space and resume the run: it goes on from the last checkpoint."
    if is_out_of_memory(error):
        return (
            "There was not enough memory. Free some and resume the run: it goes on from the last checkpoint."
            " A run with a smaller max_length or batch_records, or with recompute=full, needs less."
        )
    if isinstance(error, DistError) or _says(error, "by peer"):
        return "Another process of this run ended. Resumed, it goes on from the last checkpoint."
    if isinstance(error, EXPECTED):
        return str(error) or type(error).__name__
    return None


def _says(error: BaseException, words: str) -> bool:
    return isinstance(error, OSError | RuntimeError | SafetensorError) and words in str(error)
