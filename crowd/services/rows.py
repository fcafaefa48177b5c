"""Store new rows at a fraction of what `save()` costs: the way of a submission has several of them."""

from collections.abc import Sequence
from functools import cache
from typing import Any

from django.db import connection
from django.db.models import Field, Model


def insert(row: Model) -> None:
    """Do what `row.save(force_insert=True)` does for our models, which have no signals and no parents."""
    _insert(row, "")


def insert_if_new(row: Model) -> bool:
    """Store a row unless one with its unique columns is here; whether it was stored.

    Nothing is raised, so the caller's transaction goes on without a savepoint.
    """
    return _insert(row, "ON CONFLICT DO NOTHING")


def insert_together(new: Sequence[Model]) -> None:
    """Store rows of different tables, in one statement where the database has such: then nothing waits for five answers.

    Rows that point at one another need their keys beforehand, from `next_key`; the others get theirs here.
    """
    if connection.vendor != "postgresql":
        for row in new:
            insert(row)
        return
    values = [_values(row) for row in new]
    parts = [_insertion(type(row), tuple(some)) for row, some in zip(new, values, strict=True)]
    written = ", ".join(
        f"t{n} AS ({statement} RETURNING {key} AS k{n})" for n, (statement, key) in enumerate(parts)
    )
    keys, tables = (", ".join(f"{letter}{n}" for n in range(len(new))) for letter in "kt")
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH {written} SELECT {keys} FROM {tables}",  # noqa: S608 -- names of ours
            [value for some in values for value in some.values()],
        )
        for row, key in zip(new, cursor.fetchone(), strict=True):
            _is_stored(row, key)


def next_key(model: type[Model]) -> str:
    """What to ask for, within a transaction that writes, to get the key of a row to come.

    Nobody else gets it: a sequence gives each once, and on SQLite a transaction that writes is alone.
    """
    if connection.vendor == "postgresql":
        return f"nextval('{_sequence(model)}')"
    return f"coalesce((SELECT seq FROM sqlite_sequence WHERE name = '{_table(model)}'), 0) + 1"  # noqa: S608 -- a name of ours


def _insert(row: Model, on_conflict: str) -> bool:
    values = _values(row)
    statement, key = _insertion(type(row), tuple(values))
    with connection.cursor() as cursor:
        cursor.execute(f"{statement} {on_conflict} RETURNING {key}", [*values.values()])
        found = cursor.fetchone()
    if found is None:
        return False
    _is_stored(row, found[0])
    return True


def _values(row: Model) -> dict[str, Any]:
    """What a row's columns get, but for those that stay null: psycopg keeps no statement with more than fifty values."""
    return {
        column: value
        for column, field in _columns(type(row))
        if (value := field.get_db_prep_save(field.pre_save(row, add=True), connection)) is not None
    }


def _is_stored(row: Model, key: int) -> None:
    row.pk = key
    row._state.adding, row._state.db = False, connection.alias  # noqa: SLF001 -- Django's documented interface


@cache
def _columns(model: type[Model]) -> "list[tuple[str, Field[Any, Any]]]":
    meta = model._meta  # noqa: SLF001 -- Django's documented interface
    return [(connection.ops.quote_name(str(field.column)), field) for field in meta.concrete_fields]


@cache
def _insertion(model: type[Model], columns: tuple[str, ...]) -> tuple[str, str]:
    """The insert of a model's row into these columns, and the column of its key."""
    quote, places = connection.ops.quote_name, ", ".join(["%s"] * len(columns))
    statement = f"INSERT INTO {quote(_table(model))} ({', '.join(columns)}) VALUES ({places})"  # noqa: S608 -- names of ours
    return statement, quote(str(model._meta.pk.column))  # noqa: SLF001 -- Django's documented interface


def _table(model: type[Model]) -> str:
    return model._meta.db_table  # noqa: SLF001 -- Django's documented interface


@cache
def _sequence(model: type[Model]) -> str:
    """PostgreSQL's name for the sequence of a model's key: Django's keys are identity columns."""
    return f"{_table(model)}_{model._meta.pk.column}_seq"  # noqa: SLF001 -- Django's documented interface
