"""Imports a file again and again, each time killed in the middle of its second batch. Run as a program on a site of its own.

python -m tests.support.kill_an_import FILE
"""

import json
import os
import signal
import sys
from collections.abc import Iterator

import django
from django.core.management import call_command
from django.db import connection

BATCH = 5


def deaths(arguments: list[str]) -> Iterator[list[int]]:
    """What the tables hold more after each import; ends with the one that lived."""
    before, has_died = counts(), True
    connection.close()
    while has_died:
        child = os.fork()
        if child == 0:
            bring_and_die(arguments)
        _pid, status = os.waitpid(child, 0)
        has_died = os.WIFSIGNALED(status)
        if not has_died and os.WEXITSTATUS(status):
            sys.exit("the import failed by itself")
        yield [now - then for now, then in zip(counts(), before, strict=True)]
        connection.close()


def bring_and_die(arguments: list[str]) -> None:
    """Import in this process, which is killed when it has written its second batch and not committed it yet."""
    from crowd.services import import_rows, imports  # noqa: PLC0415 -- needs Django to be set up

    imports.BATCH = BATCH
    store, batches = import_rows.store, 0

    def dying(*rows_and_source: object, **options: object) -> object:
        nonlocal batches
        stored = store(*rows_and_source, **options)
        batches += 1
        if batches == 2:
            os.kill(os.getpid(), signal.SIGKILL)
        return stored

    import_rows.store = dying
    call_command("import_dataset", *arguments)
    os._exit(0)


def counts() -> list[int]:
    """The rows of each table that an import fills: submissions, versions, events, passages, the index."""
    from crowd.models import Event, Passage, Signature, Submission, Version  # noqa: PLC0415 -- the same

    events = Event.objects.filter(action="import")
    tables = [Submission.objects, Version.objects, events, Passage.objects, Signature.objects]
    return [table.count() for table in tables]


if __name__ == "__main__":
    django.setup()
    for held in deaths(sys.argv[1:]):
        print(json.dumps(held))  # noqa: T201 -- what the test reads
