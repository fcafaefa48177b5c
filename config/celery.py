"""The Celery application. Its queues only ring; `crowd.models.Job` is what has to be done."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("flock")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["crowd"])
app.set_default()
