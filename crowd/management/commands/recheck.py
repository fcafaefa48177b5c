"""Run the checks again over the texts that are here."""

import os
import socket
import time
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from crowd.domain.recheck import OUTCOMES, State
from crowd.management.base import FlockCommand, Refusal
from crowd.models import Recheck
from crowd.services import recheck as rechecks

LOOK_AGAIN_SECONDS = 1.0


class Command(FlockCommand):
    help = (
        "Run the checks again over texts that were checked by older ones, and keep what they find now. "
        "States and decisions stay as they are. Goes on with a re-run that is under way."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--all",
            action="store_true",
            dest="everything",
            help="check also what today's checks have seen already",
        )
        parser.add_argument(
            "--look-alikes", action="store_true", help="also look for near-duplicates of each text again"
        )
        parser.add_argument(
            "--passages", action="store_true", help="also ask the wiki about unverified passages again"
        )

    def handle(self, *args: Any, everything: bool, look_alikes: bool, passages: bool, **options: Any) -> None:
        choice = rechecks.Choice(everything=everything, look_alikes=look_alikes, passages=passages)
        try:
            recheck = rechecks.run_here(
                choice,
                owner=f"{socket.gethostname()}:{os.getpid()}",
                clock=timezone.now,
                wait=lambda: time.sleep(LOOK_AGAIN_SECONDS),
                tell=self._say_progress,
            )
        except rechecks.UpToDate as nothing:
            self.say(str(nothing))
            return
        self._report(recheck)

    def _say_progress(self, recheck: Recheck) -> None:
        self.say(f"{recheck.job.done} of {recheck.job.total} texts checked")

    def _report(self, recheck: Recheck) -> None:
        for rule, counts in sorted(recheck.counts.items()):
            figures = ", ".join(f"{counts[outcome]} {outcome}" for outcome in OUTCOMES)
            self.stdout.write(f"{rule}: {figures}")
        if recheck.state != State.SUCCEEDED:
            raise Refusal(
                f"The re-run was {recheck.state} after {recheck.job.done} texts; what it did is kept."
            )
        self.say(f"{recheck.job.done} texts are checked again.")
