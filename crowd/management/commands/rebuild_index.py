"""Bring the near-duplicate index up to date."""

from typing import Any

from crowd.management.base import FlockCommand
from crowd.services import rebuilds


class Command(FlockCommand):
    help = (
        "Bring the near-duplicate index up to date, while people go on working: index what it lacks or has under an "
        "earlier scheme, and drop what is gone for good. Stopped anywhere, it does the rest the next time."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        self.say(f"{rebuilds.behind().count():,} texts to index.")
        report = rebuilds.run(tell=self._say_progress)
        self.say(
            f"The index is up to date: {report.indexed:,} texts indexed, {report.dropped:,} dropped that are gone for good."
        )

    def _say_progress(self, report: rebuilds.Report) -> None:
        self.say(f"{report.indexed:,} indexed, {report.dropped:,} dropped")
