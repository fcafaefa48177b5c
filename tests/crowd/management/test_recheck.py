import os
import signal
import subprocess
import sys

import pytest
from django.core.management import CommandError, call_command

from crowd.models import Finding, Job, Recheck
from crowd.services import jobs, recheck
from crowd.services.recheck import Choice
from tests.support.checks import make_check, use_checks
from tests.support.factories import NOW, make_submission
from tests.support.live import ROOT

TEXT = "A swift sleeps on the wing."


@pytest.fixture
def swifts(monkeypatch):
    use_checks(monkeypatch, make_check("swift"))


@pytest.mark.django_db
class TestRecheck:
    def test_checks_here_and_says_what_became_of_each_rule(self, alice, swifts, capsys):
        make_submission(alice, response=TEXT)
        call_command("recheck")
        out, err = capsys.readouterr()
        assert out == "word.swift: 1 new, 0 gone, 0 changed, 0 unchanged\n"
        assert err == "1 of 1 texts checked\n1 texts are checked again.\n"

    def test_has_nothing_to_do_a_second_time(self, alice, swifts, capsys):
        make_submission(alice, response=TEXT)
        call_command("recheck")
        capsys.readouterr()
        call_command("recheck")
        assert capsys.readouterr() == ("", "Everything is up to date: there is nothing to check again.\n")

    def test_does_all_again_where_that_is_wanted(self, alice, swifts, capsys):
        make_submission(alice, response=TEXT)
        call_command("recheck")
        capsys.readouterr()
        call_command("recheck", "--all")
        assert capsys.readouterr().out == "word.swift: 0 new, 0 gone, 0 changed, 1 unchanged\n"

    def test_goes_on_with_one_that_was_begun(self, alice, swifts):
        make_submission(alice, response=TEXT)
        with jobs.without_bell():
            begun = recheck.begin(Choice(), now=NOW)
        call_command("recheck")
        assert (Recheck.objects.get(), Recheck.objects.get().state) == (begun, "succeeded")

    def test_takes_over_from_a_worker_that_died(self, alice, swifts):
        make_submission(alice, response=TEXT)
        with jobs.without_bell():
            recheck.begin(Choice(), now=NOW)
        Job.objects.update(state="running", attempt=1, fence=1, lease_owner="gone", lease_until=NOW)
        call_command("recheck")
        assert Recheck.objects.get().state == "succeeded"

    def test_says_that_it_was_cancelled(self, alice, ada, swifts, monkeypatch):
        make_submission(alice, response=TEXT)
        checked = recheck._checked

        def cancelled_meanwhile(versions, begun, lease):
            recheck.cancel(begun, person=ada, now=NOW)
            return checked(versions, begun, lease)

        monkeypatch.setattr(recheck, "_checked", cancelled_meanwhile)
        with pytest.raises(CommandError, match="cancelled after 0 texts"):
            call_command("recheck")
        assert Finding.objects.count() == 0


FILLING = """
from crowd.models import Person
from tests.support.factories import make_submission
author = Person.objects.create_user("alice@flock.example", "a long password", name="Alice")
for _ in range(120):
    make_submission(author, response="See the page.[12]")
"""
# In its third batch it waits to be killed.
SLOWLY = """
import itertools, signal
from django.core.management import call_command
from crowd.services import checks, recheck
keep, batches = checks.keep_findings, itertools.count(1)
def slowly(results, **facts):
    tally = keep(results, **facts)
    print("stored", flush=True)
    if next(batches) == 3:
        signal.pause()
    return tally
checks.keep_findings = slowly
recheck.BATCH = 10
call_command("recheck")
"""
STATE = """
from crowd.models import Finding, Job, Recheck, Version
counts = Recheck.objects.get().counts["citation.marker"]["new"]
print(Recheck.objects.get().state, Job.objects.get().done, Finding.objects.filter(rule="citation.marker").count(), counts)
"""
EXPIRE = """
from django.utils import timezone
from crowd.models import Job
Job.objects.update(lease_until=timezone.now())
"""


@pytest.mark.slow
class TestKilled:
    """A re-run in a process of its own, killed with SIGKILL inside the transaction that stores its third batch."""

    def test_goes_on_where_it_was_and_finds_everything_once(self, deployment):
        self.site = deployment.open_site("killed-recheck")
        self.run("migrate", "--verbosity", "0")
        self.shell(FILLING)
        with self.popen(SLOWLY) as process:
            for _batch in range(3):
                assert process.stdout.readline() == "stored\n"
            process.send_signal(signal.SIGKILL)
        assert process.returncode == -signal.SIGKILL
        assert self.shell(STATE) == "running 20 20 20\n"
        self.shell(EXPIRE)
        report = self.run("recheck").splitlines()
        assert "citation.marker: 120 new, 0 gone, 0 changed, 0 unchanged" in report
        assert self.shell(STATE) == "succeeded 120 120 120\n"

    def shell(self, code):
        return self.run("shell", "--verbosity", "0", "--command", code)

    def run(self, *arguments):
        command = [sys.executable, "manage.py", *arguments]
        return subprocess.run(
            command,
            cwd=ROOT,
            env=self.environment,
            check=True,
            stdout=subprocess.PIPE,
            text=True,
            timeout=300,
        ).stdout

    def popen(self, code):
        command = [sys.executable, "manage.py", "shell", "--verbosity", "0", "--command", code]
        return subprocess.Popen(
            command,
            cwd=ROOT,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    @property
    def environment(self):
        own = {name: value for name, value in os.environ.items() if not name.startswith(("FLOCK_", "COV"))}
        return own | self.site | {"DJANGO_SETTINGS_MODULE": "config.settings"}
