"""Find jobs whose bell was lost or whose worker died, and ring for them again."""

import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import DatabaseError, close_old_connections
from django.utils import timezone

from crowd.services import jobs


class Command(BaseCommand):
    help = "Take up jobs that nobody holds: once, or again and again until it is stopped."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--every", type=float, metavar="SECONDS", help="go on, sweeping this often")

    def handle(self, *args: Any, every: float | None, **options: Any) -> None:
        if every is None:
            self.stdout.write(f"{jobs.sweep(now=timezone.now())} jobs taken up again.")
            return
        stop = threading.Event()
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, lambda *_: stop.set())
        while not stop.wait(every):
            self._sweep()

    def _sweep(self) -> None:
        close_old_connections()
        try:
            count = jobs.sweep(now=timezone.now())
        except DatabaseError as error:
            # A database that restarts is no reason to stop sweeping.
            self.stderr.write(f"the database does not answer ({type(error).__name__}); trying again")
            return
        if count:
            self.stdout.write(f"{count} jobs taken up again.")
