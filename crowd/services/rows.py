"""Store one new row at a third of what `save()` costs: the way of a submission has five of them."""

from functools import cache
from typing import Any

from django.db import connection
from django.db.models import Field, Model


def insert(row: Model) -> None:
    """Do what `row.save(force_insert=True)` does for our models, which have no signals and no parents."""
    statement, fields = _statement(type(row))
    values = [field.get_db_prep_save(field.pre_save(row, add=True), connection) for field in fields]
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        row.pk = cursor.fetchone()[0]
    row._state.adding, row._state.db = False, connection.alias  # noqa: SLF001 -- Django's documented interface


@cache
def _statement(model: type[Model]) -> "tuple[str, list[Field[Any, Any]]]":
    """The insert of a model's row, without its key, which the database gives."""
    meta = model._meta  # noqa: SLF001 -- Django's documented interface
    fields = [field for field in meta.concrete_fields if not field.primary_key]
    quote = connection.ops.quote_name
    columns = ", ".join(quote(str(field.column)) for field in fields)
    places = ", ".join(["%s"] * len(fields))
    table, key = quote(meta.db_table), quote(str(meta.pk.column))
    return f"INSERT INTO {table} ({columns}) VALUES ({places}) RETURNING {key}", fields  # noqa: S608 -- names of ours
