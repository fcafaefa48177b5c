"""Does due jobs without a broker: what `up` starts as a worker where no broker can be had."""

import argparse
import os
import signal
import socket
import threading

from django.core.management.base import BaseCommand
from django.utils import timezone

from crowd.models import Job
from crowd.services import jobs, workers

LOOK_EVERY_SECONDS = 0.5


class Command(BaseCommand):
    help = "Do the due jobs of a queue, one at a time, by looking for them; for a site without a broker."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("queue", nargs="?", default=jobs.DEFAULT_QUEUE)

    def handle(self, *, queue: str, **_options: object) -> None:
        name = f"{queue}@{socket.gethostname()}:{os.getpid()}"
        asked_to_stop = threading.Event()
        signal.signal(signal.SIGTERM, lambda *_: (asked_to_stop.set(), workers.leave()))
        while not asked_to_stop.is_set():
            workers.say_hello(name, queue=queue, now=timezone.now())
            for job in Job.objects.due(timezone.now()).filter(queue=queue).order_by("id")[:20]:
                self._do(job, owner=name)
                if asked_to_stop.is_set():
                    break
            asked_to_stop.wait(LOOK_EVERY_SECONDS)
        workers.say_goodbye(name)

    def _do(self, job: Job, *, owner: str) -> None:
        try:
            jobs.run(job.pk, job.attempt, owner=owner, clock=timezone.now)
        except Exception as error:  # noqa: BLE001 -- the job's row keeps the failure; the next job must not suffer
            self.stderr.write(f" ERROR job {job.pk} ({job.kind}) failed: {type(error).__name__}")
