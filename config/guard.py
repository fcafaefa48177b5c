"""Ends Flock's processes when `up` itself was killed: a process of its own, standard library only.

It reads `+GROUP` and `-GROUP` lines from the supervisor. When the pipe closes, every process group still on
the list is asked to stop, and killed if it does not.
"""

import contextlib
import os
import signal
import sys
import time

GRACE_SECONDS = 10


def watch() -> set[int]:
    """The process groups that are still running when the supervisor is gone."""
    groups: set[int] = set()
    for line in sys.stdin:
        change, group = line[0], int(line[1:])
        (groups.add if change == "+" else groups.discard)(group)
    return groups


def is_alive(group: int) -> bool:
    return send(group, 0)


def send(group: int, number: int) -> bool:
    """Send a signal to the group; whether there was one."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)
        return True
    return False


def end(groups: set[int]) -> None:
    for group in groups:
        send(group, signal.SIGTERM)
    deadline = time.monotonic() + GRACE_SECONDS
    while time.monotonic() < deadline and any(map(is_alive, groups)):
        time.sleep(0.1)
    for group in groups:
        send(group, signal.SIGKILL)


if __name__ == "__main__":
    end(watch())
