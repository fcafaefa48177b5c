import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from config import guard
from config.processes import Program, Supervisor

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS = 120


def python(program: str) -> tuple[str, ...]:
    return (sys.executable, "-I", "-S", "-c", program)


SLEEP = python("import time; time.sleep(60)")
DIE = python("raise SystemExit(3)")


def until(condition):
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def is_running(pid: int) -> bool:
    """Whether the process exists and is no zombie."""
    done = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], check=False, capture_output=True, text=True)
    return done.returncode == 0 and not done.stdout.startswith("Z")


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def supervisor(tmp_path, said):
    supervisor = Supervisor(tmp_path, tmp_path, said.append)
    yield supervisor
    supervisor.stop()


class TestAProgram:
    def test_runs_with_its_output_in_its_log(self, supervisor, tmp_path):
        supervisor.start(Program("greeter", python("print('hello')")))
        until(lambda: (tmp_path / "greeter.log").read_text() == "hello\n")

    def test_that_died_is_started_again(self, supervisor, said, tmp_path):
        supervisor.start(Program("mayfly", DIE))
        until(lambda: supervisor.tick() or said)
        assert said == [
            f"mayfly stopped (exit 3); starting it again in 1 s. Its log: {tmp_path / 'mayfly.log'}"
        ]
        assert not supervisor.is_up("mayfly")
        until(lambda: supervisor.tick() or len(said) > 1)
        assert "again in 2 s" in said[1]

    def test_that_is_retired_ends_for_good(self, supervisor, said):
        supervisor.start(Program("sleeper", SLEEP))
        supervisor.retire("sleeper")
        until(lambda: supervisor.tick() or not supervisor.has("sleeper"))
        assert said == []

    def test_has_its_warnings_passed_through(self, supervisor, said):
        lines = (
            r"print('09:00 INFO quiet\n09:01 WARNING shop closed', flush=True); import time; time.sleep(60)"
        )
        supervisor.start(Program("clerk", python(lines)))
        until(lambda: supervisor.tick() or said)
        assert said == ["clerk: 09:01 WARNING shop closed"]

    def test_that_is_nice_yields_also_where_linux_groups_by_session(self, supervisor, tmp_path):
        # It is made nice when it runs already, at once or, where others have the processor, after a while.
        ask = f"""import os, pathlib, time
def found():
    group = pathlib.Path("/proc/self/autogroup")
    return {{os.nice(0), int(group.read_text().split()[-1]) if group.exists() else os.nice(0)}}
begun = time.monotonic()
while 0 in found() and time.monotonic() < begun + {PATIENCE_SECONDS / 2}:
    time.sleep(0.02)
print(*found())"""
        supervisor.start(Program("clerk", python(ask), niceness=7))
        until((tmp_path / "clerk.log").read_text)
        assert set((tmp_path / "clerk.log").read_text().split()) == {"7"}


class TestStopping:
    def test_ends_every_process_and_what_it_started(self, supervisor, tmp_path):
        family = (
            f"import subprocess, time; print(subprocess.Popen({SLEEP!r}).pid, flush=True); time.sleep(60)"
        )
        supervisor.start(Program("family", python(family)))
        log = tmp_path / "family.log"
        until(lambda: log.read_text().endswith("\n"))
        supervisor.stop()
        until(lambda: not is_running(int(log.read_text())))

    def test_kills_what_does_not_listen(self, supervisor, tmp_path):
        deaf = "import signal, time; signal.signal(15, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)"
        supervisor.start(Program("deaf", python(deaf), grace_seconds=0.2))
        until(lambda: (tmp_path / "deaf.log").read_text() == "deaf\n")
        begun = time.monotonic()
        supervisor.stop()
        assert time.monotonic() - begun < Program.grace_seconds

    def test_is_asked_for_by_signals(self, supervisor):
        with supervisor.listening_to_signals():
            os.kill(os.getpid(), signal.SIGTERM)
            supervisor.wait(PATIENCE_SECONDS)
            assert supervisor.stop_requests == 1


class TestTheGuard:
    def test_ends_the_groups_of_a_killed_supervisor(self, tmp_path):
        program = (
            "import pathlib, sys, time; from config.processes import Program, Supervisor;"
            f"folder = pathlib.Path({str(tmp_path)!r}); supervisor = Supervisor(folder, folder, print);"
            f"supervisor.start(Program('orphan', ('sh', '-c', 'echo $$; exec sleep 60')));"
            "time.sleep(60)"
        )
        parent = subprocess.Popen([sys.executable, "-c", program], cwd=ROOT)
        log = tmp_path / "orphan.log"
        until(lambda: log.exists() and log.read_text().endswith("\n"))
        orphan = int(log.read_text())
        assert is_running(orphan)
        parent.kill()
        parent.wait()
        until(lambda: not is_running(orphan))

    def test_knows_a_group_that_is_gone(self):
        child = subprocess.Popen(SLEEP, start_new_session=True)
        assert guard.is_alive(child.pid)
        child.kill()
        child.wait()
        assert not guard.is_alive(child.pid)
