"""A `training` command, or another that works for a run, as a child process.

It has a clean environment and a process group of its own, and is never an orphan.
"""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any, Final

from django.conf import settings

from exports.services import tether

# What a trainer may know of its surroundings: no passwords, no tokens, no address of a database.
KEPT_VARIABLES: Final = frozenset(
    {
        "PATH",
        "HOME",
        "LANG",
        "LC_ALL",
        "TZ",
        "TMPDIR",
        "LD_LIBRARY_PATH",
        "CUDA_VISIBLE_DEVICES",
        "OMP_NUM_THREADS",
        "MKL_NUM_THREADS",
        "OPENBLAS_NUM_THREADS",
        "TOKENIZERS_PARALLELISM",
    }
)
SET_VARIABLES: Final = {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1", "PYTHONUNBUFFERED": "1"}
# `up` gives a worker ten seconds to end, and a cancelled run must be gone in as many.
STOP_GRACE_SECONDS: Final = 7.0


def environment(ours: Mapping[str, str]) -> dict[str, str]:
    """The child's variables."""
    return {name: value for name, value in ours.items() if name in KEPT_VARIABLES} | SET_VARIABLES


class TrainingProcess:
    """One running child. `stop` asks it to end, and kills its group when its grace is over."""

    def __init__(self, arguments: Sequence[str], *, program: Sequence[str] = (), **streams: Any) -> None:
        """`program` is `python -m training` where it is not said."""
        command = [*(program or settings.TRAINING_COMMAND), *arguments]
        self._child: subprocess.Popen[bytes] = subprocess.Popen(
            [sys.executable, "-I", "-S", tether.__file__, str(os.getpid()), *command],
            cwd=settings.BASE_DIR,
            env=environment(os.environ),
            start_new_session=True,
            **streams,
        )
        self._kill_at: float | None = None

    @property
    def pid(self) -> int:
        return self._child.pid

    @property
    def exit_code(self) -> int | None:
        """Negative: the number of the signal that ended it. None while it runs."""
        return self._child.poll()

    @property
    def stdin(self) -> IO[bytes]:
        if self._child.stdin is None:
            raise ValueError("this process was started without a pipe to write to")
        return self._child.stdin

    @property
    def stdout(self) -> IO[bytes]:
        if self._child.stdout is None:
            raise ValueError("this process was started without a pipe to read from")
        return self._child.stdout

    def wait(self, seconds: float) -> int | None:
        """The exit code as soon as there is one, or None when the time is over."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            return self._child.wait(seconds)
        return None

    def stop(self, *, extra_seconds: float = 0) -> None:
        """Ask once; later calls kill what did not listen. What has much to save may be given extra time for it."""
        if self._kill_at is None:
            self._kill_at = time.monotonic() + STOP_GRACE_SECONDS + extra_seconds
            self._signal(signal.SIGTERM)
        elif time.monotonic() >= self._kill_at:
            self._signal(signal.SIGKILL)

    def end(self) -> None:
        """Kill the whole group, and wait until it is gone."""
        self._signal(signal.SIGKILL)
        self._child.wait()
        for stream in (self._child.stdin, self._child.stdout):
            if stream:
                with contextlib.suppress(OSError):
                    stream.close()

    def _signal(self, number: int) -> None:
        # A child that was waited for may leave others of its group behind; its number stays theirs.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._child.pid, number)


@contextlib.contextmanager
def alone(arguments: Sequence[str], *, log: Path, program: Sequence[str] = ()) -> Iterator[TrainingProcess]:
    """A child that writes all it says to a log. It is gone when the block is left, however that is.

    Where a worker hangs, its trainer may live on after another took over the lease: that one is ended first.
    """
    trace = log.with_suffix(".pid")
    _end_traced(trace)
    with log.open("ab") as output:
        process = TrainingProcess(
            arguments,
            program=program,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        trace.write_text(f"{process.pid} {_birth(process.pid)}", encoding="ascii")
        yield process
    finally:
        process.end()
    trace.unlink(missing_ok=True)


def _end_traced(trace: Path) -> None:
    with contextlib.suppress(OSError, ValueError):
        pid, birth = trace.read_text(encoding="ascii").split()
        if birth and birth == _birth(int(pid)):
            os.killpg(int(pid), signal.SIGKILL)


def _birth(pid: int) -> str:
    """When a process began, in the kernel's ticks, since numbers are used again; nothing where /proc cannot tell."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return ""
    return stat.rpartition(")")[2].split()[19]  # field 22 of proc(5); the name before it may hold spaces
