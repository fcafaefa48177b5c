"""The one Celery task. It hears a bell and lets `services/jobs` decide whether there is anything to do."""

import os
import socket

from celery import shared_task
from django.utils import timezone

from crowd.services import jobs


@shared_task(name="run_job", ignore_result=True)
def run_job(job_id: int, attempt: int) -> bool:
    """Do a job if it still waits for this attempt."""
    return jobs.run(job_id, attempt, owner=f"{socket.gethostname()}:{os.getpid()}", clock=timezone.now)
