"""A text stays taken while it is approved, also where a newer version is on its way. Filled in for what was approved before.

Where one text was approved twice before, the first submission holds it and the later one goes without.
"""

from django.db import migrations, models
from django.db.models import F

from crowd.domain.text import copy_hash
from crowd.domain.workflow import LIVE_STATES, State


def fill(apps, schema_editor):
    Submission = apps.get_model("crowd", "Submission")
    approved = Submission.objects.filter(state__in=LIVE_STATES, approved_version__isnull=False)
    approved.filter(current_version=F("approved_version")).update(approved_copy_hash=F("copy_hash"))
    revised = approved.exclude(current_version=F("approved_version")).select_related(
        "approved_version__passage"
    )
    for submission in revised.order_by("id").iterator():
        version = submission.approved_version
        context = version.passage.text if version.passage else ""
        text_hash = copy_hash(version.instruction, context, version.response)
        if not Submission.objects.filter(approved_copy_hash=text_hash).exists():
            Submission.objects.filter(pk=submission.pk).update(approved_copy_hash=text_hash)


class Migration(migrations.Migration):
    dependencies = [("crowd", "0007_copies_refused")]

    operations = [
        migrations.AddField(
            model_name="submission",
            name="approved_copy_hash",
            field=models.CharField(editable=False, max_length=64, null=True),
        ),
        migrations.AddConstraint(
            model_name="submission",
            constraint=models.UniqueConstraint(
                condition=models.Q(
                    ("approved_copy_hash__isnull", False),
                    (
                        "state__in",
                        (State["CHECKING"], State["IN_REVIEW"], State["RETURNED"], State["APPROVED"]),
                    ),
                ),
                fields=("approved_copy_hash",),
                name="no_text_approved_twice",
            ),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
