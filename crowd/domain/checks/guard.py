"""Cut off what takes too long. A pure function cannot be told to stop, but a signal's handler can raise inside it.

Python's own loops and `re` look for signals as they go (measured: a runaway pattern is left within milliseconds); a
single call of another C library is left when it returns. Signals reach the main thread alone: commands and workers
run there. A web server's threads do not, so what runs at the door has to be linear by itself.
"""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Self


class CutOff(BaseException):
    """Raised inside what took too long. Not an Exception: what is cut off cannot swallow it."""


class Watch:
    """Lets one thing after another take its share of processor time, within `watching`."""

    def __init__(self) -> None:
        self._ticks = 0
        self._running = False

    def __enter__(self) -> Self:
        self._ticks, self._running = 0, True
        return self

    def __exit__(self, *_raised: object) -> None:
        self._running = False

    def tick(self, _signal: int, _frame: FrameType | None) -> None:
        self._ticks += 1
        if self._running and self._ticks > 1:
            raise CutOff


@contextmanager
def watching(cpu_seconds: float) -> Iterator[Watch]:
    """Yield a watch: each `with watch` inside is cut off after between half of these seconds and all of them.

    Seconds of this process's own work are counted, so that a busy or a sleeping machine cuts off nothing. One timer
    serves all that runs inside: setting it costs more than most checks do.
    """
    watch = Watch()
    if threading.current_thread() is not threading.main_thread():
        yield watch
        return
    before = signal.signal(signal.SIGVTALRM, watch.tick)
    signal.setitimer(signal.ITIMER_VIRTUAL, cpu_seconds / 2, cpu_seconds / 2)
    try:
        yield watch
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
