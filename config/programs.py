"""The programs that make a running site on one machine: what `up` keeps running, and how each is started."""

import sys
from pathlib import Path

from config.processes import Program

# Started when a job waits in their queue, stopped when none did for a while: their libraries are large.
ON_DEMAND_QUEUES = ("training", "chat")
IDLE_SECONDS = 300

# A tenth of the processor's time while the web server wants it all, all of it otherwise: jobs can wait, people not.
YIELDING = 10


def broker(command: tuple[str, ...]) -> Program:
    # Its warnings are advice for a machine that is nothing but a Redis server.
    return Program("broker", command, stops_last=True, warns=False)


def web(listener: int) -> Program:
    """The web server, on a socket that is bound already: a restart loses no port and no waiting connection."""
    command = (
        *_python("gunicorn"),
        "--config",
        "python:config.gunicorn",
        "--bind",
        f"fd://{listener}",
        "config.wsgi",
    )
    return Program("web", command, inherited=(listener,))


def worker(queue: str) -> Program:
    """A worker of one queue, with one process for the jobs; it yields to the web server."""
    options = ("--queues", queue, "--concurrency", "1", "--loglevel", "INFO", "--hostname", f"{queue}@%h")
    lean = ("--without-gossip", "--without-mingle", "--without-heartbeat")
    celery = (*_python("celery"), "-A", "config.celery", "worker", *options, *lean)
    return Program(worker_name(queue), celery, niceness=YIELDING)


def poller(queue: str) -> Program:
    """The worker where there is no broker to listen to."""
    return Program(worker_name(queue), _manage("work", queue), niceness=YIELDING)


def sweeper() -> Program:
    return Program("sweeper", _manage("sweep"))


def worker_name(queue: str) -> str:
    return "worker" if queue == "default" else f"{queue}-worker"


def _python(module: str) -> tuple[str, ...]:
    return (sys.executable, "-m", module)


def _manage(*arguments: str) -> tuple[str, ...]:
    return (sys.executable, str(Path(__file__).resolve().parent.parent / "manage.py"), *arguments)
