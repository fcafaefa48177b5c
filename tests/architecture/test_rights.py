"""Whatever is stored about a person is in their download, or says here why it is not."""

import pytest
from django.apps import apps
from django.db.models import Field

from crowd.models import Person
from crowd.services import rights_parts

HELD = [column for part in rights_parts.parts() for file in part.files for column in file.holds]
LEFT_OUT = {column: reason for part in rights_parts.parts() for column, reason in part.left_out.items()}


def columns_that_lead_to_a_person() -> list[str]:
    """`app.Model.field` of every foreign key, one-to-one and many-to-many that points at a person."""
    return [
        f"{model._meta.label}.{field.name}"
        for model in apps.get_models(include_auto_created=True)
        for field in model._meta.get_fields()
        if isinstance(field, Field) and field.related_model is Person
    ]


@pytest.mark.parametrize("column", columns_that_lead_to_a_person())
def test_every_column_that_leads_to_a_person_is_told_of(column):
    assert column in HELD or LEFT_OUT.get(column)


def test_nothing_else_is_said_to_be():
    assert sorted([*HELD, *LEFT_OUT]) == sorted(columns_that_lead_to_a_person())


def test_files_have_names_of_their_own():
    names = [file.name for part in rights_parts.parts() for file in part.files]
    assert len(set(names)) == len(names)
