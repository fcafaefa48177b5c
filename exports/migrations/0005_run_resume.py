"""A run can go on after its end: its turn in the queue, the licence of its base, and one run at a time."""

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models import F


def queue_as_asked(apps: Apps, _editor: BaseDatabaseSchemaEditor) -> None:
    """Runs so far have had one turn, when they were asked for; of several that run at once, the later ones wait again."""
    runs = apps.get_model("exports", "Run").objects
    runs.update(queued_at=F("created_at"))
    running = list(runs.filter(state="running").order_by("created_at", "pk").values_list("pk", flat=True))
    runs.filter(pk__in=running[1:]).update(state="queued")


class Migration(migrations.Migration):
    dependencies = [("exports", "0004_signature")]

    operations = [
        migrations.AlterField(
            model_name="run",
            name="base",
            field=models.CharField(
                blank=True,
                help_text="The pretrained model, as name@revision; empty for random weights.",
                max_length=200,
            ),
        ),
        migrations.AddField(
            model_name="run",
            name="base_licence",
            field=models.CharField(
                blank=True,
                help_text="The SPDX id under which the base was offered when it was chosen.",
                max_length=64,
            ),
        ),
        migrations.AddField(
            model_name="run",
            name="queued_at",
            field=models.DateTimeField(
                help_text="Its place in the queue: when it, or its going on, was asked for.", null=True
            ),
        ),
        migrations.RunPython(queue_as_asked, migrations.RunPython.noop, elidable=True),
        migrations.AlterField(
            model_name="run",
            name="queued_at",
            field=models.DateTimeField(
                help_text="Its place in the queue: when it, or its going on, was asked for."
            ),
        ),
        migrations.AddConstraint(
            model_name="run",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "running")), fields=("state",), name="one_run_at_a_time"
            ),
        ),
    ]
