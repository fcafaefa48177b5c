"""Several people at the same instant: threads with database connections of their own."""

import threading
from collections.abc import Callable, Sequence

from django.db import connection


def at_once(works: Sequence[Callable[[], object]]) -> list[object]:
    """Do these in threads of their own, all begun at the same instant. Returns what each gave, or the exception it raised."""
    barrier = threading.Barrier(len(works))
    results: list[object] = [None] * len(works)

    def do(number: int) -> None:
        barrier.wait()
        try:
            results[number] = works[number]()
        except Exception as error:  # noqa: BLE001 -- the caller looks at it
            results[number] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=do, args=(number,)) for number in range(len(works))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results
