"""Starts, watches, restarts and stops processes. Which ones there are is said in `config/programs.py`."""

import contextlib
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from config import guard

FIRST_BACK_OFF_SECONDS = 1.0
MAX_BACK_OFF_SECONDS = 30.0
# A process that ran this long was healthy: its next restart is quick again.
HEALTHY_AFTER_SECONDS = 60.0
MAX_LOG_BYTES = 10_000_000
LEVELS_PASSED_THROUGH = (" WARNING ", " ERROR ", " CRITICAL ", "[ERROR]", "[CRITICAL]")


@dataclass(frozen=True)
class Program:
    """A command to keep running."""

    name: str
    command: tuple[str, ...]
    inherited: tuple[int, ...] = ()  # file descriptors
    grace_seconds: float = 10
    stops_last: bool = False
    niceness: int = 0
    warns: bool = True  # whether its warnings and errors are repeated to the person who watches


@dataclass
class Process:
    """A program that runs now, or is about to run again."""

    program: Program
    log: Path
    child: subprocess.Popen[bytes]
    started_at: float
    read_bytes: int = 0
    failures: int = 0
    retiring: bool = False
    again_at: float | None = None  # set while it waits for its restart

    @property
    def is_up(self) -> bool:
        return self.again_at is None and self.child.returncode is None


@dataclass
class Supervisor:
    """Keeps programs running until it is asked to stop. Each runs in a process group of its own."""

    logs: Path
    folder: Path
    say: Callable[[str], None]
    stop_requests: int = 0
    _processes: dict[str, Process] = field(default_factory=dict)
    _guard: subprocess.Popen[bytes] | None = None
    _alarm: int = -1  # the readable end of a pipe that signals write to

    @contextlib.contextmanager
    def listening_to_signals(self) -> Iterator[None]:
        """SIGINT, SIGTERM and SIGHUP ask to stop; SIGCHLD only wakes `wait`."""
        self._alarm, alarmed = os.pipe()
        os.set_blocking(alarmed, False)
        before = signal.set_wakeup_fd(alarmed, warn_on_full_buffer=False)
        asking = {
            number: signal.signal(number, self._ask_to_stop)
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        }
        asking[signal.SIGCHLD] = signal.signal(signal.SIGCHLD, lambda *_: None)
        try:
            yield
        finally:
            for number, handler in asking.items():
                signal.signal(number, handler)
            signal.set_wakeup_fd(before)
            os.close(self._alarm)
            os.close(alarmed)
            self._alarm = -1

    def wait(self, seconds: float) -> None:
        """Sleep, but not through a signal."""
        if self._alarm < 0:
            time.sleep(seconds)
            return
        readable, _, _ = select.select([self._alarm], [], [], max(0.0, seconds))
        if readable:
            os.read(self._alarm, 4096)

    def start(self, program: Program) -> None:
        """Start a program and keep it running."""
        log = self.logs / f"{program.name}.log"
        if log.exists() and log.stat().st_size > MAX_LOG_BYTES:
            log.replace(log.with_suffix(".log.1"))
        read_bytes = log.stat().st_size if log.exists() else 0
        self._processes[program.name] = Process(
            program, log, self._spawn(program, log), time.monotonic(), read_bytes
        )

    def has(self, name: str) -> bool:
        return name in self._processes

    def is_up(self, name: str) -> bool:
        return self.has(name) and self._processes[name].is_up

    def retire(self, name: str) -> None:
        """Let a program finish what it does and end, however long that takes."""
        process = self._processes[name]
        if not process.retiring:
            process.retiring = True
            _signal(process.child, signal.SIGTERM)

    def tick(self) -> None:
        """Pass warnings through, notice what died, start again what is due."""
        now = time.monotonic()
        for process in list(self._processes.values()):
            self._pass_through(process)
            if process.again_at is not None:
                if process.again_at <= now:
                    self._restart(process, now)
            elif process.child.poll() is not None:
                self._ended(process, now)

    def stop(self) -> None:
        """End every process: politely first, by force after its grace or when asked twice."""
        last = [process for process in self._processes.values() if process.program.stops_last]
        first = [process for process in self._processes.values() if not process.program.stops_last]
        for stage in (first, last):
            self._end(stage)
        self._processes.clear()
        if self._guard:
            self._guard.communicate()

    def last_words(self, name: str, lines: int = 5) -> str:
        """The end of a program's log, for a message about its failure."""
        log = self.logs / f"{name}.log"
        text = log.read_text(encoding="utf-8", errors="replace") if log.exists() else ""
        return "\n".join(text.splitlines()[-lines:])

    def _ask_to_stop(self, *_: object) -> None:
        self.stop_requests += 1

    def _spawn(self, program: Program, log: Path) -> subprocess.Popen[bytes]:
        with log.open("ab") as output:
            child = subprocess.Popen(
                program.command,
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                pass_fds=program.inherited,
                start_new_session=True,
            )
        self._tell_guard(f"+{child.pid}")
        if program.niceness:
            _make_nice(child.pid, program.niceness)
        return child

    def _ended(self, process: Process, now: float) -> None:
        self._forget_group(process)
        name = process.program.name
        if process.retiring:
            del self._processes[name]
            return
        healthy = now - process.started_at >= HEALTHY_AFTER_SECONDS
        process.failures = 1 if healthy else process.failures + 1
        pause = min(FIRST_BACK_OFF_SECONDS * 2 ** (process.failures - 1), MAX_BACK_OFF_SECONDS)
        process.again_at = now + pause
        self.say(
            f"{name} {_how_it_ended(process.child)}; starting it again in {pause:.0f} s. Its log: {process.log}"
        )

    def _restart(self, process: Process, now: float) -> None:
        process.child = self._spawn(process.program, process.log)
        process.started_at, process.again_at = now, None

    def _end(self, processes: list[Process]) -> None:
        patience = self.stop_requests
        for process in processes:
            _signal(process.child, signal.SIGTERM)
        deadline = time.monotonic() + max((process.program.grace_seconds for process in processes), default=0)
        while any(process.child.poll() is None for process in processes):
            if time.monotonic() > deadline or self.stop_requests > max(patience, 1):
                break
            self.wait(0.2)
        for process in processes:
            self._forget_group(process)
            process.child.wait()
            self._pass_through(process)

    def _forget_group(self, process: Process) -> None:
        """Kill what a process left behind in its group, and take it off the guard's list."""
        guard.send(process.child.pid, signal.SIGKILL)
        self._tell_guard(f"-{process.child.pid}")

    def _tell_guard(self, line: str) -> None:
        if self._guard is None:
            self._guard = subprocess.Popen(
                [sys.executable, "-I", "-S", guard.__file__], stdin=subprocess.PIPE, start_new_session=True
            )
        with contextlib.suppress(BrokenPipeError):
            self._guard.stdin.write(f"{line}\n".encode())  # type: ignore[union-attr]
            self._guard.stdin.flush()  # type: ignore[union-attr]

    def _pass_through(self, process: Process) -> None:
        """Repeat the warnings and errors of a process's log."""
        with process.log.open("rb") as log:
            log.seek(process.read_bytes)
            text = log.read(1_000_000)
        whole = text[: text.rfind(b"\n") + 1]
        process.read_bytes += len(whole)
        for line in whole.decode(errors="replace").splitlines() if process.program.warns else ():
            if any(level in line for level in LEVELS_PASSED_THROUGH):
                self.say(f"{process.program.name}: {line}")


def _make_nice(pid: int, niceness: int) -> None:
    """Let a process yield to the others, and what it starts.

    Where Linux groups processes by session, as desktops and Debian do, niceness counts within the group alone: each of
    our programs is a group of its own, whose niceness is set beside.
    """
    with contextlib.suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, pid, niceness)
        Path(f"/proc/{pid}/autogroup").write_text(str(niceness), encoding="ascii")


def _signal(child: subprocess.Popen[bytes], number: int) -> None:
    if child.poll() is None:
        child.send_signal(number)


def _how_it_ended(child: subprocess.Popen[bytes]) -> str:
    code = child.returncode
    return f"was ended by {signal.Signals(-code).name}" if code < 0 else f"stopped (exit {code})"
