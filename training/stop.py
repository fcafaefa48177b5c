"""A request to stop, remembered until the run is at a point where it can."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager


class StoppedOnRequest(Exception):
    """SIGTERM or SIGINT came. The message says from where the run would go on."""


class StopRequest:
    """Remembers a SIGTERM or SIGINT until the run is at a point where it can stop."""

    def __init__(self) -> None:
        self.came = False

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Take the signals over for a while."""
        before = {number: signal.signal(number, self._remember) for number in (signal.SIGTERM, signal.SIGINT)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _remember(self, _number: int, _frame: object) -> None:
        self.came = True
