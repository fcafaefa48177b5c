"""A clock that tests turn by hand."""

from datetime import datetime, timedelta

from tests.support.factories import NOW


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    def turn(self, **by: float) -> None:
        """Turn it on: `turn(minutes=5)`."""
        self.now += timedelta(**by)
