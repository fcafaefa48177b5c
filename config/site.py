"""A site on one machine: what `up` does around the supervisor. Every refusal is one line."""

import contextlib
import errno
import fcntl
import http.client
import os
import socket
import sys
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import NoReturn

from django.conf import settings
from django.db import DatabaseError, connection
from django.utils import timezone

from config import programs, valkey
from config.processes import Supervisor
from crowd.services import workers
from crowd.services.jobs import wanted_queues

READY_WITHIN_SECONDS = 90
LOOK_EVERY_SECONDS = 0.5
ANY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # noqa: S104 -- to talk to ourselves


def refuse(line: str) -> NoReturn:
    sys.exit(f"flock: {line}")


@contextlib.contextmanager
def alone_on(data_dir: Path) -> Iterator[None]:
    """Hold the data folder: two sites on one would share a broker's socket and a database's writers."""
    path = data_dir / "up.lock"
    with path.open("a+", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.seek(0)
            refuse(
                f"already running on {data_dir} (process {lock.read().strip()})."
                " Stop that one, or give this one a folder of its own with FLOCK_DATA_DIR=…"
            )
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


@contextlib.contextmanager
def listening_on(host: str, port: int) -> Iterator[socket.socket]:
    """The web server's socket, bound before anything starts. Port 0 takes a free one."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, socket.SOCK_STREAM)
    except OSError as error:
        refuse(f"--host {host} is no address of this machine ({error.strerror})")
    with listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(address)
            listener.listen(2048)
        except PermissionError:
            refuse(
                f"port {port} needs more rights than this account has. Choose one from 1024 up: --port 8000"
            )
        except OSError as error:
            if error.errno == errno.EADDRNOTAVAIL:
                refuse(f"--host {host} is no address of this machine ({error.strerror})")
            refuse(
                f"port {port} on {host} cannot be used ({error.strerror}). Choose another one: --port {port + 1}"
            )
        yield listener


class Site:
    """The running processes of a site."""

    def __init__(self, supervisor: Supervisor, listener: socket.socket) -> None:
        self.supervisor = supervisor
        self.listener = listener
        host, self.port = listener.getsockname()[:2]
        self.host = ANY_ADDRESS.get(host, host)
        self.broker = "none"
        self._wanted_at: dict[str, float] = {}  # when a queue last had a job due, or in work

    @property
    def url(self) -> str:
        return f"http://{f'[{self.host}]' if ':' in self.host else self.host}:{self.port}"

    def start(self) -> None:
        self._start_broker()
        self.supervisor.start(programs.web(self.listener.fileno()))
        self._start_worker("default")
        self.supervisor.start(programs.sweeper())

    def wait_until_ready(self) -> bool:
        """Whether the site got ready; not, if it was asked to stop meanwhile. Refuses when it takes too long."""
        deadline = time.monotonic() + READY_WITHIN_SECONDS
        while not self.supervisor.stop_requests:
            answer = self._what_is_missing()
            if answer is None:
                return True
            if time.monotonic() > deadline:
                logs = self.supervisor.logs
                refuse(f"not ready after {READY_WITHIN_SECONDS} s: {answer}. The logs are in {logs}")
            self.supervisor.wait(0.1)
            self.supervisor.tick()
        return False

    def run(self) -> None:
        """Watch the processes until asked to stop."""
        while not self.supervisor.stop_requests:
            self.supervisor.tick()
            self._match_demand(now=timezone.now())
            self.supervisor.wait(LOOK_EVERY_SECONDS)

    def _start_broker(self) -> None:
        """The one configured, else our own on its private socket, else none."""
        if valkey.socket_url(settings.DATA_DIR) not in settings.REDIS_URL:
            self.broker = "the one REDIS_URL names"
            return
        own = valkey.socket_path(settings.DATA_DIR)
        program = valkey.server_program()
        if program is None:
            return
        try:
            valkey.make_socket_folder(own)
        except valkey.UnsafeFolder as error:
            refuse(f"{error}; remove it, or choose a data folder with a shorter path")
        self.supervisor.start(programs.broker(valkey.server_command(program, own)))
        self.broker = f"{Path(program).name} on a private socket"

    def _start_worker(self, queue: str) -> None:
        self.supervisor.start(programs.poller(queue) if self.broker == "none" else programs.worker(queue))

    def _match_demand(self, *, now: datetime) -> None:
        """Start the worker of a queue in which a job waits; retire it when it had nothing to do for a while."""
        wanted = _queues_wanted(now)
        for queue in programs.ON_DEMAND_QUEUES:
            name = programs.worker_name(queue)
            if queue in wanted:
                self._wanted_at[queue] = time.monotonic()
                if not self.supervisor.has(name):
                    self._start_worker(queue)
            elif (
                self.supervisor.has(name)
                and time.monotonic() - self._wanted_at[queue] > programs.IDLE_SECONDS
            ):
                self.supervisor.retire(name)

    def _what_is_missing(self) -> str | None:
        """What the site still waits for, or None. A 503 is an error in the web server's log, so it is asked last."""
        missing = self._ask("/healthz")
        if missing or not workers.is_heard(now=timezone.now()):
            return missing or "no worker was heard from"
        return None if self.broker == "none" else self._ask("/readyz")

    def _ask(self, path: str) -> str | None:
        """What is wrong with the answer to a request, or None."""
        connection = http.client.HTTPConnection(self.host, self.port, timeout=5)
        try:
            connection.request("GET", path)
            response = connection.getresponse()
            body = response.read(500).decode(errors="replace")
        except OSError as error:
            return f"the web server does not answer ({error})"
        finally:
            connection.close()
        return None if response.status == http.HTTPStatus.OK else body


def _queues_wanted(now: datetime) -> set[str]:
    """Nothing while the database is away: its errors are the other processes' to report."""
    try:
        return wanted_queues(now)
    except DatabaseError:
        connection.close()
        return set()
