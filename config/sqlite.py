"""Keeps embedded mode clear of SQLite's WAL-reset race (docs/decisions/0001-sqlite-library.md).

Imported before Django's database backend, which binds to whatever `sqlite3` is then.
"""

import importlib
import sqlite3
import sys

# sqlite.org/wal.html, "The WAL-reset bug": 3.7.0 to 3.51.2 may lose a commit when two connections write
# and checkpoint; mended in 3.51.3 and, on older branches, in 3.50.7 and 3.44.6.
FIRST_AFFECTED = (3, 7, 0)
MENDED = (3, 51, 3)
MENDED_BRANCHES = ((3, 50, 7), (3, 44, 6))


def is_affected(version: tuple[int, ...]) -> bool:
    """Whether this SQLite has the race."""
    if version < FIRST_AFFECTED or version >= MENDED:
        return False
    return not any(version[:2] == branch[:2] and version >= branch for branch in MENDED_BRANCHES)


def use_unaffected_library() -> None:
    """Put pysqlite3's newer SQLite in the place of an affected `sqlite3`, where there is a wheel of it."""
    if not is_affected(sqlite3.sqlite_version_info):
        return
    try:
        library = importlib.import_module("pysqlite3")
    except ImportError:
        return
    sys.modules["sqlite3"] = library
    sys.modules["sqlite3.dbapi2"] = importlib.import_module("pysqlite3.dbapi2")


def journal_mode() -> str:
    """WAL, or a rollback journal (slower, readers wait for writers) where the library has the race."""
    library = sys.modules["sqlite3"]
    return "TRUNCATE" if is_affected(library.sqlite_version_info) else "WAL"
