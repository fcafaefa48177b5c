"""A row for each version's signature, and a table of bands that is nothing but its key.

The old bands go: the sweeper sees at its start that versions lack a signature, and asks for the index to be rebuilt.
"""

import django.db.models.deletion
from django.db import migrations, models

BANDS = "CREATE TABLE crowd_band (hash bigint NOT NULL, version_id bigint NOT NULL, PRIMARY KEY (hash, version_id))"


def make_bands(apps, schema_editor):
    """Django has no word for a table without row ids: on SQLite one is half as large and costs half as many writes."""
    schema_editor.execute("DROP TABLE crowd_band")
    schema_editor.execute(BANDS + (" WITHOUT ROWID" if schema_editor.connection.vendor == "sqlite" else ""))


class Migration(migrations.Migration):
    dependencies = [("crowd", "0004_recheck")]

    operations = [
        migrations.CreateModel(
            name="Signature",
            fields=[
                (
                    "version",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="signature",
                        serialize=False,
                        to="crowd.version",
                    ),
                ),
                ("scheme", models.PositiveSmallIntegerField()),
                ("is_spread", models.BooleanField(default=False)),
                ("hashes", models.BinaryField()),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("is_spread", False)),
                        fields=["version"],
                        name="signatures_waiting",
                    ),
                    models.Index(fields=["scheme"], name="signatures_by_scheme"),
                ],
            },
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunPython(make_bands, migrations.RunPython.noop)],
            state_operations=[
                migrations.AlterField(
                    model_name="band",
                    name="version",
                    field=models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="bands",
                        to="crowd.version",
                    ),
                ),
            ],
        ),
    ]
