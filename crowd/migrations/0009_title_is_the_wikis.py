"""What a writer says a page is called is not kept: the passage is everybody's who quotes it."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("crowd", "0008_approved_copy_hash")]

    operations = [migrations.RemoveField(model_name="draft", name="passage_title")]
