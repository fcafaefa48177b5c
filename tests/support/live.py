"""A site that really runs: `up` with its web server, worker and sweeper, on a free port and a data folder of its own."""

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Self

import pytest

ROOT = Path(__file__).resolve().parents[2]
READY_WITHIN_SECONDS = 300
STOPPED_WITHIN_SECONDS = 120


class LiveSite:
    """One `up`, as a person would start it."""

    def __init__(self, environment: dict[str, str], *options: str) -> None:
        self.environment = {**_plain_environment(), **environment}
        self.output: list[str] = []
        self.url = ""
        self._answered = threading.Event()
        self.process = subprocess.Popen(
            [sys.executable, str(ROOT / "manage.py"), "up", "--port", "0", *options],
            cwd=ROOT,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def data_dir(self) -> Path:
        return Path(self.environment["FLOCK_DATA_DIR"])

    def wait_until_ready(self) -> Self:
        self._answered.wait(READY_WITHIN_SECONDS)
        if not self.url:
            self.stop(signal.SIGKILL)
            raise RuntimeError("the site did not start:\n" + "".join(self.output))
        return self

    def manage(self, *arguments: str) -> str:
        """Run a management command on this site; what it printed."""
        command = [sys.executable, str(ROOT / "manage.py"), *arguments]
        return subprocess.run(
            command, cwd=ROOT, env=self.environment, check=True, stdout=subprocess.PIPE, text=True
        ).stdout

    def pids(self, *words: str) -> list[int]:
        """Its processes whose command line holds all these words."""
        table = subprocess.run(
            ["ps", "-wweo", "pid=,ppid=,args="], check=True, stdout=subprocess.PIPE, text=True
        ).stdout
        rows = [line.split(None, 2) for line in table.splitlines()]
        ours = {self.process.pid}
        for _generation in range(4):
            ours |= {int(pid) for pid, parent, *_ in rows if int(parent) in ours}
        return [int(pid) for pid, _, args in rows if int(pid) in ours and all(word in args for word in words)]

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Ask it to stop, as Ctrl-C does; its exit status."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        status = self.process.wait(STOPPED_WITHIN_SECONDS)
        self._reader.join(STOPPED_WITHIN_SECONDS)
        if self.process.stdout:
            self.process.stdout.close()
        return status

    def __enter__(self) -> Self:
        return self.wait_until_ready()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _read(self) -> None:
        for line in self.process.stdout or ():
            self.output.append(line)
            if found := re.search(r"Flock is ready: (\S+)", line):
                self.url = found[1]
            if "Stop with Ctrl-C" in line:  # its last words of welcome
                self._answered.set()
        self._answered.set()  # it ended


@pytest.fixture(scope="session")
def start_site(deployment) -> Iterator[Callable[..., LiveSite]]:
    """Starts a site by name: `start_site("errors", "--no-demo", FLOCK_WIKI_URL=…)`. All are stopped at the end."""
    sites: list[LiveSite] = []

    def start(name: str, *options: str, **variables: str) -> LiveSite:
        sites.append(LiveSite({**deployment.open_site(name), **variables}, *options))
        return sites[-1].wait_until_ready()

    yield start
    for site in sites:
        site.stop()


@pytest.fixture(scope="session")
def live_site(start_site) -> LiveSite:
    """A running site with the demo, shared by the journeys."""
    return start_site("live")


def _plain_environment() -> dict[str, str]:
    """Ours without what the suite set for itself."""
    own = ("DJANGO_", "FLOCK_", "DATABASE_URL", "REDIS_URL", "COV_", "COVERAGE_")
    return {name: value for name, value in os.environ.items() if not name.startswith(own)}
