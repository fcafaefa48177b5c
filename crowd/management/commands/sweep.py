"""Find jobs whose bell was lost or whose worker died, and ring for them again."""

import signal
import threading
from typing import Any, ClassVar

from django.core.management.base import BaseCommand, CommandParser
from django.db import DatabaseError, close_old_connections
from django.utils import timezone

from crowd.services import rebuilds, sweeper

EVERY_SECONDS = 2.0


class Command(BaseCommand):
    # They load every view, and this process stays.
    requires_system_checks: ClassVar[list[str]] = []
    help = "Take up jobs that nobody holds, again and again until it is stopped."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="sweep once and end")
        parser.add_argument(
            "--every", type=float, default=EVERY_SECONDS, metavar="SECONDS", help="default: %(default)s"
        )

    def handle(self, *args: Any, once: bool, every: float, **options: Any) -> None:
        if once:
            self.stdout.write(f"{sweeper.sweep(now=timezone.now())} jobs taken up again.")
            return
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        self._ask_for_a_rebuild()
        while not stop.wait(every):
            self._sweep()

    def _ask_for_a_rebuild(self) -> None:
        """An update may have brought another scheme: whoever updates starts every process anew, and so this one."""
        try:
            job = rebuilds.ask(now=timezone.now())
        except DatabaseError as error:
            self.stderr.write(f"the near-duplicate index was not looked at ({type(error).__name__})")
            return
        if job is not None:
            self.stdout.write("The near-duplicate index is behind; a worker brings it up to date.")

    def _sweep(self) -> None:
        close_old_connections()
        try:
            count = sweeper.sweep(now=timezone.now())
        except DatabaseError as error:
            # A database that restarts is no reason to stop sweeping.
            self.stderr.write(f"the database does not answer ({type(error).__name__}); trying again")
            return
        if count:
            self.stdout.write(f"{count} jobs taken up again.")
