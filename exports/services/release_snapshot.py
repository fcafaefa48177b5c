"""One moment's truth for what a release takes and for what its files tell, while people go on writing."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper

ALIAS = "snapshot"


@contextmanager
def one_moment() -> Iterator[str]:
    """A connection that goes on seeing the database as it is now, by its alias; the caller's own may write meanwhile.

    In a transaction of the caller's there is none: its rows are to be seen by nobody else yet. Nor is there with a
    rollback journal, where a reader would make every writer wait (`config/sqlite.py` says when that is).
    """
    if connection.in_atomic_block or not _lets_others_write():
        yield DEFAULT_DB_ALIAS
        return
    reader = connection.copy(ALIAS)
    connections[ALIAS] = reader
    try:
        _begin(reader)
        yield ALIAS
    finally:
        reader.close()
        del connections[ALIAS]


def _begin(reader: BaseDatabaseWrapper) -> None:
    begin = "ISOLATION LEVEL REPEATABLE READ READ ONLY" if reader.vendor == "postgresql" else "DEFERRED"
    with reader.cursor() as cursor:
        cursor.execute(f"BEGIN {begin}")
        cursor.execute("SELECT 1 FROM exports_release LIMIT 1")  # the moment is that of the first read


def _lets_others_write() -> bool:
    if connection.vendor == "postgresql":
        return True
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA journal_mode")
        return bool(cursor.fetchone()[0] == "wal")
