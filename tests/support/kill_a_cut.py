"""Kills a cut at every step that makes something durable or visible, and says what was left. Run on a site of its own.

The steps are those of the disk and those of the database: each is met just before it is done and just after.
"""

import json
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import redirect_stderr
from pathlib import Path

import django
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper

VERSION = "1.0.0"
# Who holds each step, and its name. The commits are those of being asked for, of each part of the choice and of the end.
STEPS = (
    *((os, name) for name in ("mkdir", "fsync", "rename", "replace")),
    (BaseDatabaseWrapper, "_commit"),
)


def deaths() -> Iterator[dict[str, object]]:
    """What is left after each death: the folder's names and the release's state. The last death comes too late."""
    step = 0
    while True:
        step += 1
        child = os.fork()
        if child == 0:
            cut_and_die_at(step)
        _pid, status = os.waitpid(child, 0)
        if not os.WIFSIGNALED(status):
            sys.exit("the cut ended by itself")
        left = {"names": names(), "state": state()}
        yield left
        if left["state"] == "ready":
            return


def names() -> list[str]:
    folders = Path(settings.RELEASES_DIR).glob("*")
    return sorted(path.name for path in folders if not path.name.startswith("."))


def state() -> str | None:
    """The release's state, asked by a connection that no child has seen."""
    # Models exist once Django is set up.
    from exports.models import Release  # noqa: PLC0415

    try:
        return Release.objects.filter(version=VERSION).values_list("state", flat=True).first()
    finally:
        connection.close()


def cut_and_die_at(step: int) -> None:
    """Cut in this process, which is killed at its n-th call that makes something durable or visible."""
    calls = 0

    def die_at(step: int) -> None:
        nonlocal calls
        calls += 1
        if calls == step:
            os.kill(os.getpid(), signal.SIGKILL)

    def dying(call):
        def instead(*args: object) -> object:
            die_at(step)
            done = call(*args)
            die_at(step)
            return done

        return instead

    # Five records are then several parts of a choice.
    from exports.services import release_records  # noqa: PLC0415

    release_records.BATCH = 2
    for holder, name in STEPS:
        setattr(holder, name, dying(getattr(holder, name)))
    with Path(os.devnull).open("w") as nowhere, redirect_stderr(nowhere):
        call_command("cut_release", VERSION)
    os._exit(0)


if __name__ == "__main__":
    django.setup()
    for left in deaths():
        print(json.dumps(left), flush=True)  # noqa: T201 -- this is its answer
