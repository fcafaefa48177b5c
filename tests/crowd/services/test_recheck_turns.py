"""How a re-run shares its worker with other jobs, is cancelled, fails, and survives its workers."""

from contextlib import nullcontext
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.utils import timezone

from crowd.domain.recheck import State
from crowd.models import Event, Finding, Job, Recheck
from crowd.services import checks, jobs, recheck, sweeper
from crowd.services.errors import Conflict
from tests.support.checks import begin, make_check, take_turn, use_checks, work
from tests.support.factories import NOW, make_submission

LATER = NOW + timedelta(hours=1)
TEXT = "A swift sleeps on the wing, and a swift drinks there too."


@pytest.fixture
def swifts(monkeypatch):
    """The only check: it looks for swifts."""
    use_checks(monkeypatch, make_check("swift"))


@pytest.fixture
def small_batches(monkeypatch):
    """No time at all: one text in a batch, and a turn for others after each."""
    monkeypatch.setattr(recheck, "SLICE", timedelta(0))


def rerun():
    return work(begin())


@pytest.mark.django_db
class TestTurns:
    def test_it_steps_aside_after_a_while_and_goes_on(self, alice, swifts, small_batches):
        for _ in range(3):
            make_submission(alice, response=TEXT)
        begun = begin()
        turns = []
        with jobs.without_bell():
            while not turns or begun.job.state != "done":
                take_turn(begun)
                begun = Recheck.objects.select_related("job").get()
                turns.append((begun.job.state, begun.job.done, begun.job.attempt))
        assert turns == [("waiting", 1, 0), ("waiting", 2, 0), ("waiting", 3, 0), ("done", 3, 1)]
        assert begun.counts["word.swift"]["new"] == 6

    def test_it_is_rung_for_again(self, alice, swifts, small_batches, monkeypatch):
        make_submission(alice)
        begun = begin()
        rung = []
        monkeypatch.setattr(jobs, "ring", lambda job: rung.append((job.pk, job.attempt)))
        take_turn(begun)
        assert rung == [(begun.job_id, 0)]

    def test_it_ends_between_two_batches_when_it_is_cancelled(self, alice, ada, swifts, small_batches):
        for _ in range(5):
            make_submission(alice, response=TEXT)
        begun = begin()
        with jobs.without_bell():
            take_turn(begun)
            recheck.cancel(begun, person=ada, now=LATER)
            assert take_turn(begun)
        begun.refresh_from_db()
        assert (begun.state, begun.job.state, Finding.objects.count()) == (State.CANCELLED, "done", 2)
        assert Event.objects.last().actor == ada
        assert begin().job.kind == "recheck"

    def test_a_batch_that_was_under_way_is_dropped_when_it_is_cancelled(
        self, alice, ada, swifts, monkeypatch
    ):
        make_submission(alice, response=TEXT)
        begun = begin()
        find = checks.find

        def cancelled_meanwhile(version):
            recheck.cancel(begun, person=ada, now=LATER)
            return find(version)

        monkeypatch.setattr(checks, "find", cancelled_meanwhile)
        assert take_turn(begun)
        assert (Finding.objects.count(), Job.objects.get().done) == (0, 0)

    def test_it_is_over_once(self, alice, ada, swifts):
        make_submission(alice)
        done = rerun()
        with pytest.raises(Conflict, match="over"):
            recheck.cancel(done, person=ada, now=LATER)

    def test_it_fails_when_its_job_is_set_aside(self, alice, swifts, monkeypatch):
        make_submission(alice)
        begun = begin()
        Job.objects.update(max_attempts=1)
        monkeypatch.setattr(checks, "find", lambda version: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            take_turn(begun)
        begun.refresh_from_db()
        assert (begun.state, Job.objects.get().state) == (State.FAILED, "quarantined")
        assert Event.objects.last().reason == "builtins.ZeroDivisionError"


def expire_leases():
    """Nobody was heard from for too long."""
    Job.objects.filter(state="running").update(lease_until=NOW)
    sweeper.sweep(now=timezone.now())


class Killed(BaseException):
    """What SIGKILL does, as far as the database can tell."""


@pytest.mark.django_db
class TestLostWorkers:
    TEXTS = 4

    @pytest.fixture
    def begun(self, alice, swifts, small_batches):
        for _ in range(self.TEXTS):
            make_submission(alice, response=TEXT)
        with jobs.without_bell():
            yield begin()

    def die(self, begun, monkeypatch, *, before):
        """Let a worker die in its second batch, before or after the findings are written; then the lease runs out."""
        keep = checks.keep_findings

        def dying(results, **facts):
            if not before:
                keep(results, **facts)
            raise Killed

        take_turn(begun)
        with monkeypatch.context() as patch:
            patch.setattr(checks, "keep_findings", dying)
            with pytest.raises(Killed):
                take_turn(begun)
        expire_leases()

    @pytest.mark.parametrize("before", [True, False])
    def test_the_next_one_goes_on_where_it_was(self, begun, monkeypatch, before):
        self.die(begun, monkeypatch, before=before)
        done = work(begun)
        assert (done.job.done, Finding.objects.count()) == (self.TEXTS, 2 * self.TEXTS)
        assert done.counts["word.swift"] == {
            "new": 2 * self.TEXTS,
            "gone": 0,
            "changed": 0,
            "unchanged": 0,
        }

    def test_without_the_transaction_the_counts_would_be_wrong(self, begun, monkeypatch):
        """The control run: findings and progress that are not one transaction."""
        with monkeypatch.context() as patch:
            patch.setattr(recheck, "transaction", SimpleNamespace(atomic=nullcontext))
            self.die(begun, monkeypatch, before=False)
        assert work(begun).counts["word.swift"]["new"] < 2 * self.TEXTS

    def late(self, begun, monkeypatch):
        """A worker's batch takes longer than its lease: another one has done all the rest before it writes."""
        find = checks.find

        def slow(version):
            monkeypatch.setattr(checks, "find", find)
            expire_leases()
            work(begun)
            return find(version)

        monkeypatch.setattr(checks, "find", slow)
        take_turn(begun)
        return Recheck.objects.select_related("job").get()

    def test_one_that_was_away_too_long_writes_nothing(self, begun, monkeypatch):
        done = self.late(begun, monkeypatch)
        assert (done.state, done.job.done) == (State.SUCCEEDED, self.TEXTS)
        assert done.counts["word.swift"]["new"] == 2 * self.TEXTS

    def test_without_the_fence_it_would(self, begun, monkeypatch):
        """The control run: nobody asks whose the lease is, nor whether the re-run is over."""
        monkeypatch.setattr(jobs.Lease, "_mine", lambda self: Job.objects.filter(pk=self.job.pk))
        monkeypatch.setattr(recheck.Recheck.objects, "running", Recheck.objects.all)
        done = self.late(begun, monkeypatch)
        assert (done.job.done, done.counts["word.swift"]["unchanged"]) == (1, 2)
