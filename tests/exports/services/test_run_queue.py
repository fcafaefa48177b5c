from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from crowd.models import Job
from crowd.services import jobs, sweeper, workers
from exports.models import Run
from exports.services import run as runs
from exports.services import run_queue
from tests.support.factories import NOW
from tests.support.runs import claim, make_run

STARTED = "A training worker is being started. It takes a few seconds to load."


def later(**by):
    return NOW + timedelta(**by)


def said(run, now=NOW):
    """Level and text of where a run stands."""
    found = run_queue.standing(run, now=now)
    return found and (found.level, found.text)


@pytest.fixture
def heard(db):
    """A training worker that was heard from now."""
    workers.say_hello("w", queue="training", now=NOW)


@pytest.fixture
def trained(asked, heard):
    """A run that a worker trains."""
    claim("finetune", asked.public_id)
    runs.move(asked, runs.Action.START, now=NOW)
    return asked


class TestOneAtATime:
    def test_is_the_databases_rule(self, release, adam):
        make_run(release, adam, state="running")
        with pytest.raises(IntegrityError), transaction.atomic():
            make_run(release, adam, state="running")
        assert Run.objects.count() == 1

    def test_a_worker_puts_the_second_one_back_without_costing_an_attempt(self, asked, release, adam):
        make_run(release, adam, state="running", queued_at=later(minutes=1))
        assert not jobs.do(claim("finetune", asked.public_id))
        assert Job.objects.values_list("state", "attempt").get() == ("waiting", 0)
        assert Run.objects.get(pk=asked.pk).state == "queued"

    def test_holds_though_two_workers_look_at_once(self, asked, release, adam, monkeypatch):
        make_run(release, adam, state="running")
        monkeypatch.setattr("exports.services.finetune.is_turn_of", lambda _run: True)
        assert not jobs.do(claim("finetune", asked.public_id))
        assert Job.objects.values_list("state", "attempt").get() == ("waiting", 0)


class TestTheOrder:
    def test_is_that_of_asking(self, release, adam, trainer):
        first, second = (
            runs.start(release, recipe="smoke", overrides={}, person=adam, now=later(seconds=wait))
            for wait in (0, 1)
        )
        assert (run_queue.is_turn_of(first), run_queue.is_turn_of(second)) == (True, False)
        assert run_queue.places() == {first.pk: 1, second.pk: 2}

    def test_puts_a_resumed_run_last(self, asked, release, adam):
        runs.cancel(asked, person=adam, now=NOW)
        other = runs.start(release, recipe="smoke", overrides={}, person=adam, now=later(seconds=1))
        runs.resume(asked, person=adam, now=later(seconds=2))
        assert run_queue.places() == {other.pk: 1, asked.pk: 2}

    def test_does_not_wait_for_a_run_that_nobody_would_do(self, asked, release, adam):
        make_run(release, adam, queued_at=later(minutes=-1))
        assert run_queue.is_turn_of(asked)


class TestAWaitingRun:
    def test_waits_for_a_worker_that_is_being_started(self, asked):
        assert said(asked) == ("info", STARTED)

    def test_waits_for_a_worker_that_is_not_connected_in_production(self, asked, settings):
        settings.PRODUCTION = True
        assert said(asked) == (
            "info",
            "No training worker is connected. The run is kept, and starts as soon as one is.",
        )

    def test_waits_for_the_run_that_trains(self, asked, release, adam, heard):
        other = make_run(release, adam, state="running")
        assert said(asked) == ("info", f"Waits for {other.name}, which trains now.")

    @pytest.mark.parametrize(("count", "those"), [(1, "1 run that was"), (2, "2 runs that were")])
    def test_waits_for_those_before_it(self, asked, release, adam, heard, count, those):
        for _ in range(count):
            make_run(release, adam, queued_at=later(minutes=-1))
        assert said(asked) == ("info", f"Waits for {those} asked for before it.")

    def test_waits_for_both(self, asked, release, adam, heard):
        other = make_run(release, adam, state="running")
        make_run(release, adam, queued_at=later(minutes=-1))
        assert said(asked)[1] == (
            f"Waits for {other.name}, which trains now, and for 1 run that was asked for before it."
        )

    def test_waits_for_those_before_it_and_for_a_worker(self, asked, release, adam):
        make_run(release, adam, queued_at=later(minutes=-1))
        assert said(asked) == ("info", f"Waits for 1 run that was asked for before it. {STARTED}")

    def test_waits_for_nobody_but_its_worker(self, asked, heard):
        assert said(asked) == ("info", "A training worker is about to take it up.")

    def test_that_a_worker_holds_waits_for_nothing(self, asked):
        claim("finetune", asked.public_id)
        assert said(asked) is None


class TestARunningRun:
    def test_that_is_heard_from_says_nothing(self, trained):
        assert said(trained, later(seconds=11)) is None

    def test_whose_worker_falls_silent_says_for_how_long(self, trained):
        assert said(trained, later(seconds=14)) == (
            "warning",
            "Its worker was last heard from 14 seconds ago. If it stays silent, another one goes on.",
        )

    def test_whose_worker_was_lost_says_so_and_what_happens_next(self, trained):
        assert said(trained, later(seconds=31)) == (
            "warning",
            f"Its worker was lost. Another one goes on from the last checkpoint. {STARTED}",
        )

    def test_whose_worker_was_lost_says_the_same_once_its_job_waits_again(self, trained):
        sweeper.sweep(now=later(seconds=31))
        assert said(trained, later(seconds=32))[1].startswith("Its worker was lost.")

    @pytest.mark.parametrize("state", ["done", "quarantined"])
    def test_that_nobody_will_take_up_can_be_cancelled(self, trained, adam, state):
        Job.objects.update(state=state)
        assert said(trained) == (
            "warning",
            "No worker will take this run up again. Cancel it; then it can be resumed.",
        )
        runs.cancel(trained, person=adam, now=NOW)
        assert Run.objects.get().state == "cancelled"


class TestARunThatIsOver:
    @pytest.mark.parametrize("state", ["succeeded", "failed", "cancelled"])
    def test_waits_for_nothing(self, release, adam, state):
        assert said(make_run(release, adam, state=state)) is None
