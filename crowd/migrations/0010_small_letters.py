"""Addresses are kept in the small letters in which sign-in looks for them, those that were entered before too."""

from django.db import migrations
from django.db.models.functions import Lower


def lower(apps, schema_editor):
    Person = apps.get_model("crowd", "Person")
    Person.objects.exclude(email=Lower("email")).update(email=Lower("email"))


class Migration(migrations.Migration):
    dependencies = [("crowd", "0009_title_is_the_wikis")]

    operations = [migrations.RunPython(lower, migrations.RunPython.noop)]
