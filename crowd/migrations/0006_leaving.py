"""Somebody can leave. What admins changed about people is told without their names and addresses from now on, and before."""

import json

from django.db import migrations, models

PERSONAL = ("email", "name")
HIDDEN = ["…", "…"]


def hide_identities(apps, schema_editor):
    Event = apps.get_model("crowd", "Event")
    for event in Event.objects.filter(subject_kind="person", action__in=["create", "change"]).iterator():
        data = json.loads(event.data)
        hidden = {name: HIDDEN for name in PERSONAL if isinstance(data.get(name), list)}
        if hidden:
            event.data = json.dumps(data | hidden, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
            event.save(update_fields=["data"])


class Migration(migrations.Migration):
    dependencies = [
        ("crowd", "0005_near_duplicate_index"),
    ]

    operations = [
        migrations.AddField(
            model_name="person",
            name="left_at",
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddConstraint(
            model_name="person",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("left_at", None),
                    models.Q(("email__endswith", "@left.invalid"), ("is_active", False), ("name", "")),
                    _connector="OR",
                ),
                name="who_left_stays_erased",
            ),
        ),
        migrations.RunPython(hide_identities, migrations.RunPython.noop),
    ]
