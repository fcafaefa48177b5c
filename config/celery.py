"""The Celery application. Its queues only ring; `crowd.models.Job` is what has to be done.

A worker says hello to the database every few seconds, so that pages can tell when nobody is listening.
"""

import os
import socket
import threading
from typing import Any

from celery import Celery
from celery.signals import worker_ready, worker_shutting_down

from config.broker import use_kept_clients

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

use_kept_clients()
app = Celery("flock")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["crowd"])
app.set_default()

_leaving = threading.Event()


@worker_ready.connect
def start_greeting(sender: Any, **_facts: Any) -> None:
    """Say hello from a thread of the worker's main process, which is never busy with a job."""
    # Models can be imported only once Django is set up, which Celery does after loading this module.
    from crowd.services import workers

    name = f"{socket.gethostname()}:{os.getpid()}"
    for queue in sender.app.amqp.queues.consume_from:
        threading.Thread(
            target=workers.greet,
            args=(name,),
            kwargs={"queue": queue, "leaving": _leaving},
            name="hello",
            daemon=True,
        ).start()


@worker_shutting_down.connect
def stop_greeting(**_facts: Any) -> None:
    from crowd.services import workers

    _leaving.set()
    workers.leave()
