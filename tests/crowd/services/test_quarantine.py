"""A job that is quarantined, and what becomes of the thing it was about, are one: neither is ever there without the other."""

from datetime import timedelta

import pytest

from crowd.domain.recheck import State
from crowd.models import Job, Recheck
from crowd.services import jobs, recheck, sweeper
from tests.support.factories import NOW, make_submission

pytestmark = pytest.mark.django_db

EVERYTHING = recheck.Choice(everything=True)


class Killed(BaseException):
    """The process ends here."""


@pytest.fixture
def begun(alice):
    make_submission(alice)
    return recheck.begin(EVERYTHING, now=NOW)


@pytest.fixture
def is_at_its_last_attempt(begun):
    Job.objects.update(max_attempts=1)


@pytest.fixture
def ends_before(monkeypatch):
    """Lets whoever comes to the end of this re-run be killed, or fail, before it is written."""

    def install(error):
        def end(*args, **options):
            raise error

        monkeypatch.setattr(recheck, "_end", end)

    return install


def states():
    return Job.objects.get().state, Recheck.objects.get().state


def lose_worker(begun, clock):
    jobs.claim(begun.job.pk, 0, owner="dead", clock=clock)
    clock.turn(seconds=recheck.LEASE.total_seconds() + 1)


@pytest.mark.usefixtures("is_at_its_last_attempt")
class TestKilledInBetween:
    def test_a_sweeper_leaves_both_to_the_next_one(self, begun, clock, ends_before, monkeypatch):
        lose_worker(begun, clock)
        ends_before(Killed())
        with pytest.raises(Killed):
            sweeper.sweep(now=clock.now)
        assert states() == ("running", State.RUNNING)
        monkeypatch.undo()
        assert sweeper.sweep(now=clock.now) == 1
        assert states() == ("quarantined", State.FAILED)

    def test_a_worker_leaves_both_to_the_sweeper(self, begun, clock, ends_before, monkeypatch):
        def fail(lease):
            raise LookupError

        kind = jobs._kinds[recheck.JOB]
        monkeypatch.setitem(
            jobs._kinds, recheck.JOB, jobs.Kind(fail, kind.lease, kind.limit, kind.on_quarantine)
        )
        ends_before(Killed())
        with pytest.raises(Killed):
            jobs.run(begun.job.pk, 0, owner="w1", clock=clock)
        assert states() == ("running", State.RUNNING)
        monkeypatch.undo()
        sweeper.sweep(now=NOW + recheck.LEASE + timedelta(seconds=1))
        assert states() == ("quarantined", State.FAILED)

    def test_another_re_run_can_begin_afterwards(self, begun, clock, ends_before, monkeypatch):
        lose_worker(begun, clock)
        ends_before(Killed())
        with pytest.raises(Killed):
            sweeper.sweep(now=clock.now)
        monkeypatch.undo()
        sweeper.sweep(now=clock.now)
        assert recheck.begin(EVERYTHING, now=clock.now).state == State.RUNNING


@pytest.mark.usefixtures("is_at_its_last_attempt")
class TestAConsequenceThatFails:
    def test_keeps_the_sweeper_from_no_other_job(self, begun, clock, ends_before, caplog):
        lose_worker(begun, clock)
        unheard = jobs.enqueue("greet", "one", {}, now=NOW)
        ends_before(LookupError("no such event"))
        assert sweeper.sweep(now=clock.now) == 1
        assert (states_of(begun.job), states_of(unheard)) == ("running", "waiting")
        assert f"job {begun.job.pk} (recheck) could not be taken back from its worker" in caplog.messages


def states_of(job):
    return Job.objects.get(pk=job.pk).state
