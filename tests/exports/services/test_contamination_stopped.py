"""Nobody waits for the search for near-duplicates: a run that is cancelled in it, or whose worker leaves, ends at once.

The data is a pipe that nobody writes to, so that the search would never end by itself.
"""

import os

import pytest
from django.db import DatabaseError

from crowd.models import Job
from crowd.services import jobs, workers
from exports.models import Run
from exports.services import finetune
from exports.services import run as runs
from exports.services.run_files import RunFolder, data_file
from tests.support.factories import NOW
from tests.support.runs import claim


@pytest.fixture
def searching(release, adam, trainer):
    """A run that holds a record out, and never gets past the search."""
    run = runs.start(release, recipe="smoke", overrides={"evaluation_records": 1}, person=adam, now=NOW)
    data_file(release).unlink()
    os.mkfifo(data_file(release))
    return run


@pytest.fixture
def while_searching(searching, monkeypatch):
    """Does something once, when the search has begun and the lease is renewed."""

    def arrange(happening):
        renew, todo = jobs.Lease.renew, [happening]

        def renewed(lease, **progress):
            renew(lease, **progress)
            if todo and RunFolder(searching).log.exists():
                todo.pop()()

        monkeypatch.setattr(jobs.Lease, "renew", renewed)

    return arrange


def work(run):
    """Do the run's job as a worker does; the run as it then is."""
    jobs.do(claim("finetune", run.public_id))
    return Run.objects.get(pk=run.pk)


class TestAWorker:
    def test_that_is_to_cancel_the_run_does_so_at_once(self, searching, while_searching, ada):
        while_searching(lambda: runs.cancel(Run.objects.get(), person=ada, now=NOW))
        assert work(searching).state == "cancelled"
        assert Job.objects.get().state == "done"
        assert not RunFolder(searching).duplicates.exists()

    def test_that_leaves_puts_the_run_back(self, searching, while_searching, monkeypatch):
        while_searching(lambda: monkeypatch.setattr(workers, "is_leaving", lambda: True))
        assert work(searching).state == "queued"
        assert Job.objects.values_list("state", "attempt").get() == ("waiting", 0)

    def test_goes_on_though_the_database_is_away_for_a_moment(
        self, searching, while_searching, ada, monkeypatch
    ):
        # The test's own transaction lives on the connection.
        monkeypatch.setattr(finetune, "close_old_connections", lambda: None)

        def away():
            while_searching(lambda: runs.cancel(Run.objects.get(), person=ada, now=NOW))
            raise DatabaseError("gone")

        while_searching(away)
        assert work(searching).state == "cancelled"


def test_a_search_that_fails_says_why(release, adam, trainer):
    run = runs.start(release, recipe="smoke", overrides={"evaluation_records": 1}, person=adam, now=NOW)
    RunFolder(run).duplicates.with_name(".duplicates.jsonl.new").mkdir(parents=True)
    assert work(run).message == "The search for near-duplicates failed: Is a directory."
