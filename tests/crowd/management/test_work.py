"""The worker of a site without a broker, as a process of its own: it keeps the same limits as Celery's."""

import os
import signal
import subprocess
import sys
from contextlib import contextmanager

import pytest

from tests.support.live import ROOT

ASK = """
from django.utils import timezone
from crowd.services import jobs
with jobs.without_bell():
    jobs.enqueue("wait", "one", {}, now=timezone.now())
"""
STATE = """
from crowd.models import Job
print(*Job.objects.values_list("state", "attempt"))
"""
# A handler that never ends by itself, and says when it has begun.
WORK = """
import time, django
django.setup()
from datetime import timedelta
from django.core.management import call_command
from crowd.services import jobs, workers
def wait(lease):
    print("begun", flush=True)
    while not ({leaves_when_asked} and workers.is_leaving()):
        time.sleep(0.05)
    raise jobs.StepAside
jobs.register("wait", wait, limit={limit})
with jobs.without_bell():
    call_command("work")
"""


@pytest.fixture(scope="module")
def environment(deployment):
    own = {name: value for name, value in os.environ.items() if not name.startswith(("FLOCK_", "COV"))}
    return own | deployment.open_site("work") | {"DJANGO_SETTINGS_MODULE": "config.settings"}


@pytest.fixture
def shell(environment):
    def run(*arguments):
        command = [sys.executable, "manage.py", *arguments]
        return subprocess.run(
            command, cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE, text=True
        ).stdout

    run("migrate", "--verbosity", "0")
    run("shell", "--verbosity", "0", "--command", "from crowd.models import Job; Job.objects.all().delete()")
    run("shell", "--verbosity", "0", "--command", ASK)
    return lambda code: run("shell", "--verbosity", "0", "--command", code)


@contextmanager
def working(environment, *, limit, leaves_when_asked=False):
    """A worker that has begun the job."""
    program = WORK.format(limit=limit, leaves_when_asked=leaves_when_asked)
    with subprocess.Popen(
        [sys.executable, "-c", program], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout.readline() == "begun\n"
            yield process
            process.wait(60)
        finally:
            process.kill()


@pytest.mark.slow
class TestWork:
    def test_is_ended_by_a_job_that_takes_longer_than_its_kind_may(self, environment, shell):
        with working(environment, limit="timedelta(seconds=0.5)") as process:
            pass
        assert process.returncode == -signal.SIGALRM
        assert shell(STATE) == "('running', 1)\n"

    def test_tells_a_long_job_that_it_was_asked_to_end(self, environment, shell):
        with working(environment, limit="None", leaves_when_asked=True) as process:
            process.send_signal(signal.SIGTERM)
        assert process.returncode == 0
        assert shell(STATE) == "('waiting', 0)\n"
