"""Which workers were heard from lately. Pages ask this to say that a job waits for nobody."""

from datetime import datetime, timedelta

from crowd.models import WorkerSighting

# A worker says hello every few seconds; three missed ones and it counts as gone.
HELLO_EVERY_SECONDS = 5
LATELY = timedelta(seconds=3 * HELLO_EVERY_SECONDS)
FORGET_AFTER = timedelta(days=1)


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
