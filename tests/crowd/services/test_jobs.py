from datetime import timedelta

import pytest
from django.db import transaction

from crowd.models import Event, Job
from crowd.services import events, jobs, sweeper
from tests.support.factories import NOW

KIND = "greet"


@pytest.fixture
def bells(monkeypatch):
    """What was rung: (job id, attempt, queue)."""
    rung = []
    monkeypatch.setattr(
        jobs.current_app, "send_task", lambda name, args, queue, **_: rung.append((*args, queue))
    )
    return rung


@pytest.fixture
def handle(monkeypatch):
    """Register a handler for this test's jobs."""

    def register(handler, **options):
        monkeypatch.setitem(
            jobs._kinds, KIND, jobs.Kind(handler, timedelta(seconds=30), timedelta(seconds=25), **options)
        )

    register(finish)
    return register


def finish(lease):
    with lease.finishing(now=lease.clock()):
        events.record("greeting", lease.job.key, "greet", now=lease.clock())


def ask(key="one", **options):
    return jobs.enqueue(KIND, key, {}, now=NOW, **options)


def run(job, clock, attempt=0):
    return jobs.run(job.pk, attempt, owner="w1", clock=clock)


@pytest.mark.django_db
class TestEnqueue:
    def test_writes_a_waiting_row_with_its_cause(self, bells, handle):
        job = ask(queue="training")
        assert Job.objects.get() == job
        assert (job.state, job.attempt, job.queue) == ("waiting", 0, "training")

    def test_rings_when_the_transaction_commits(self, bells, handle, django_capture_on_commit_callbacks):
        with django_capture_on_commit_callbacks(execute=True):
            job = ask()
            assert bells == []
        assert bells == [(job.pk, 0, "default")]

    def test_is_undone_with_its_cause(self, bells, handle, django_capture_on_commit_callbacks):
        with (
            django_capture_on_commit_callbacks(execute=True),
            pytest.raises(ZeroDivisionError),
            transaction.atomic(),
        ):
            ask()
            raise ZeroDivisionError
        assert (Job.objects.count(), bells) == (0, [])

    def test_asking_twice_for_the_same_is_one_job(self, bells, handle):
        assert ask() == ask()

    def test_a_broker_that_is_away_harms_nobody(
        self, handle, monkeypatch, django_capture_on_commit_callbacks, caplog
    ):
        def refuse(*args, **kwargs):
            raise ConnectionError("nobody there")

        monkeypatch.setattr(jobs.current_app, "send_task", refuse)
        with django_capture_on_commit_callbacks(execute=True):
            job = ask()
        assert Job.objects.get() == job
        assert caplog.messages == [f"job {job.pk} is not rung (ConnectionError); the sweeper will"]


@pytest.mark.django_db
class TestRun:
    def test_does_the_work_and_marks_it_done(self, handle, clock):
        job = ask()
        assert run(job, clock)
        job.refresh_from_db()
        assert (job.state, job.attempt, job.lease_owner, job.finished_at) == ("done", 1, "", NOW)
        assert Event.objects.get().action == "greet"

    def test_a_second_bell_for_the_same_attempt_does_nothing(self, handle, clock):
        job = ask()
        assert (run(job, clock), run(job, clock), run(job, clock, attempt=1)) == (True, False, False)
        assert Event.objects.count() == 1

    def test_a_job_that_another_worker_holds_is_left_alone(self, handle, clock):
        job = ask()
        jobs.claim(job.pk, 0, owner="w2", clock=clock)
        assert not run(job, clock)
        assert Event.objects.count() == 0

    def test_a_failure_waits_longer_each_time_and_keeps_no_text(self, handle, clock):
        def fail(lease):
            raise ValueError("what alice wrote")

        handle(fail)
        job = ask(max_attempts=3)
        with pytest.raises(ValueError, match="alice"):
            run(job, clock)
        job.refresh_from_db()
        assert (job.state, job.attempt, job.error) == ("waiting", 1, "builtins.ValueError")
        assert job.run_at == NOW + timedelta(seconds=2)

    def test_a_job_past_its_attempts_is_quarantined_and_told(self, handle, clock):
        told = []

        def fail(lease):
            raise ValueError

        handle(fail, on_quarantine=lambda job, now: told.append((job, now)))
        job = ask(max_attempts=1)
        with pytest.raises(ValueError):  # noqa: PT011 -- it has no text
            run(job, clock)
        job.refresh_from_db()
        assert (job.state, told) == ("quarantined", [(job, NOW)])

    def test_waiting_longer_costs_no_attempt(self, handle, clock):
        def not_yet(lease):
            raise jobs.WaitLonger(60)

        handle(not_yet)
        job = ask()
        assert not run(job, clock)
        job.refresh_from_db()
        assert (job.state, job.attempt, job.run_at) == ("waiting", 0, NOW + timedelta(seconds=60))


@pytest.mark.django_db
class TestFence:
    def test_a_holder_that_was_away_too_long_writes_nothing(self, handle, clock, bells):
        job = ask()
        zombie = jobs.claim(job.pk, 0, owner="w1", clock=clock)
        clock.turn(seconds=31)
        sweeper.sweep(now=clock.now)
        assert run(job, clock, attempt=1)
        with pytest.raises(jobs.LostLease):
            finish(zombie)
        assert Event.objects.count() == 1

    def test_without_the_fence_it_would_write_twice(self, handle, clock, bells, monkeypatch):
        monkeypatch.setattr(jobs.Lease, "_mine", lambda self: Job.objects.filter(pk=self.job.pk))
        job = ask()
        zombie = jobs.claim(job.pk, 0, owner="w1", clock=clock)
        clock.turn(seconds=31)
        sweeper.sweep(now=clock.now)
        run(job, clock, attempt=1)
        finish(zombie)
        assert Event.objects.count() == 2

    def test_renewing_holds_on_and_tells_progress(self, handle, clock, bells):
        job = ask()
        lease = jobs.claim(job.pk, 0, owner="w1", clock=clock)
        clock.turn(seconds=20)
        lease.renew(done=3, total=9)
        clock.turn(seconds=20)
        assert sweeper.sweep(now=clock.now) == 0
        job.refresh_from_db()
        assert (job.done, job.total) == (3, 9)


@pytest.mark.django_db
class TestSweep:
    def test_rings_again_for_a_bell_that_nobody_heard(self, handle, clock, bells):
        job = ask()
        clock.turn(seconds=5)
        assert (sweeper.sweep(now=clock.now), bells) == (0, [])
        clock.turn(seconds=5)
        assert (sweeper.sweep(now=clock.now), bells) == (1, [(job.pk, 0, "default")])

    def test_takes_back_what_a_dead_worker_held(self, handle, clock, bells):
        job = ask()
        jobs.claim(job.pk, 0, owner="dead", clock=clock)
        clock.turn(seconds=31)
        assert (sweeper.sweep(now=clock.now), bells) == (1, [(job.pk, 1, "default")])
        assert run(job, clock, attempt=1)

    def test_a_job_that_always_kills_its_worker_ends_in_quarantine(self, handle, clock, bells):
        job = ask(max_attempts=3)
        for attempt in range(3):
            jobs.claim(job.pk, attempt, owner="dead", clock=clock)
            clock.turn(seconds=31)
            sweeper.sweep(now=clock.now)
        job.refresh_from_db()
        assert (job.state, job.attempt) == ("quarantined", 3)

    def test_an_admin_lets_it_try_again(self, handle, clock, bells):
        job = ask(max_attempts=1)
        jobs.claim(job.pk, 0, owner="dead", clock=clock)
        clock.turn(seconds=31)
        sweeper.sweep(now=clock.now)
        jobs.release_quarantined(job, now=clock.now)
        assert run(job, clock)

    def test_a_finished_job_is_left_alone(self, handle, clock, bells):
        run(ask(), clock)
        clock.turn(days=1)
        assert sweeper.sweep(now=clock.now) == 0

    def test_names_the_queues_in_which_something_waits_or_is_done(self, handle, clock, bells):
        long = ask("a", queue="training")
        short = ask("b", queue="chat")
        assert jobs.wanted_queues(NOW) == {"training", "chat"}
        jobs.claim(long.pk, 0, owner="w1", clock=clock)
        assert run(short, clock)
        assert jobs.wanted_queues(NOW + timedelta(days=1)) == {"training"}


@pytest.mark.django_db(transaction=True)
class TestReopen:
    def test_lets_a_finished_job_be_done_once_more(self, handle, clock, bells):
        job = ask()
        run(job, clock)
        clock.turn(days=1)
        assert jobs.reopen(job, now=clock.now)
        assert bells[-1] == (job.pk, 0, "default")
        assert run(job, clock)
        assert Event.objects.filter(subject_kind="greeting").count() == 2

    def test_leaves_a_job_that_somebody_holds(self, handle, clock):
        job = ask()
        lease = jobs.claim(job.pk, 0, owner="w1", clock=clock)
        assert not jobs.reopen(job, now=clock.now)
        with lease.finishing(now=clock.now):
            assert Job.objects.get().fence == lease.fence

    def test_of_a_waiting_job_starts_it_from_its_first_attempt(self, handle, clock):
        job = ask()
        Job.objects.update(attempt=3)
        assert jobs.reopen(job, now=clock.now)
        assert Job.objects.values_list("state", "attempt").get() == ("waiting", 0)
