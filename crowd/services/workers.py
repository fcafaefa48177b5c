"""Which workers were heard from lately. Pages ask this to say that a job waits for nobody."""

import contextlib
import mmap
import threading
from datetime import datetime, timedelta

from django.db import DatabaseError, close_old_connections, connection
from django.utils import timezone

from crowd.models import WorkerSighting

# A worker says hello every few seconds; three missed ones and it counts as gone.
HELLO_EVERY_SECONDS = 5
LATELY = timedelta(seconds=3 * HELLO_EVERY_SECONDS)
FORGET_AFTER = timedelta(days=1)

# One byte that a worker's main process, which hears the signals, shares with the pool processes it forks.
_leaving = mmap.mmap(-1, 1)


def greet(name: str, *, queue: str, leaving: threading.Event) -> None:
    """Say hello again and again until the worker leaves; meant for a thread of its own."""
    while not leaving.is_set():
        close_old_connections()
        with contextlib.suppress(DatabaseError):  # it is away; the next hello finds it again
            say_hello(name, queue=queue, now=timezone.now())
        leaving.wait(HELLO_EVERY_SECONDS)
    with contextlib.suppress(DatabaseError):
        say_goodbye(name)
    connection.close()


def say_hello(name: str, *, queue: str, now: datetime) -> None:
    """Note that a worker of a queue is alive."""
    WorkerSighting.objects.update_or_create(name=name, defaults={"queue": queue, "seen_at": now})
    WorkerSighting.objects.filter(seen_at__lt=now - FORGET_AFTER).delete()


def say_goodbye(name: str) -> None:
    """A worker that stops cleanly is missed at once."""
    WorkerSighting.objects.filter(name=name).delete()


def is_heard(*, now: datetime, queue: str = "default") -> bool:
    """Whether a worker of this queue was heard from lately."""
    return WorkerSighting.objects.filter(queue=queue, seen_at__gt=now - LATELY).exists()


def last_heard(*, queue: str = "default") -> datetime | None:
    """When a worker of this queue was last heard from, if ever."""
    seen = WorkerSighting.objects.filter(queue=queue).order_by("-seen_at").first()
    return seen.seen_at if seen else None


def leave() -> None:
    """This worker was asked to end: a long job had better come to a point where another can go on."""
    _leaving[0] = 1


def is_leaving() -> bool:
    """Whether this worker was asked to end."""
    return _leaving[0] == 1
