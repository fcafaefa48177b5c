"""A worker for a site without a broker: it looks for due jobs itself, where Celery would wait for the bell."""

import os
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import DatabaseError, close_old_connections
from django.utils import timezone

from crowd.models import Job
from crowd.services import jobs, workers

LOOK_EVERY_SECONDS = 0.5


@contextmanager
def _killed_after(seconds: float | None) -> Iterator[None]:
    """Let the system end this process if it is still within after so long: whoever supervises it starts another.

    Celery ends a process of its pool the same way, and what hangs in another library's code can be ended in no other.
    """
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, seconds or 0)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


class Command(BaseCommand):
    help = "Do the jobs of a queue until it is stopped, without a broker."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("queue", nargs="?", default=jobs.DEFAULT_QUEUE)

    def handle(self, *args: Any, queue: str, **options: Any) -> None:
        name = f"{socket.gethostname()}:{os.getpid()}"
        leaving = threading.Event()

        def leave(*_signal: object) -> None:
            leaving.set()
            workers.leave()

        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, leave)
        greeter = threading.Thread(
            target=workers.greet, args=(name,), kwargs={"queue": queue, "leaving": leaving}
        )
        greeter.start()
        while not leaving.is_set():
            if not self._do_one(queue, name):
                leaving.wait(LOOK_EVERY_SECONDS)
        greeter.join()

    def _do_one(self, queue: str, name: str) -> bool:
        close_old_connections()
        try:
            job = Job.objects.due(timezone.now()).filter(queue=queue).order_by("run_at", "id").first()
            if job is None:
                return False
            with _killed_after(jobs.limit_of(job)):
                return jobs.run(job.pk, job.attempt, owner=name, clock=timezone.now)
        except DatabaseError as error:
            self.stderr.write(f"the database does not answer ({type(error).__name__}); trying again")
        except Exception as error:  # noqa: BLE001 -- the job's row already says so; the next job must not suffer
            self.stderr.write(f"a job failed ({type(error).__name__})")
        return False
