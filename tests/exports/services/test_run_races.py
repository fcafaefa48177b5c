"""Runs that several people and workers handle at the very same instant, on both databases."""

import pytest

from crowd.models import Event, Job
from crowd.services import jobs
from crowd.services.errors import Conflict
from exports.models import Run
from exports.services import finetune
from exports.services import run as runs
from tests.support.factories import NOW
from tests.support.runs import claim
from tests.support.threads import at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
ROUNDS = 5


@pytest.fixture
def lease(asked, adam):
    """A worker's hold on a run that was cancelled in the moment it was taken up."""
    held = claim("finetune", asked.public_id)
    runs.cancel(asked, person=adam, now=NOW)
    return held


class TestResuming:
    @pytest.mark.parametrize("number", range(ROUNDS))
    def test_twice_at_once_happens_once(self, asked, adam, ada, number):
        runs.cancel(asked, person=adam, now=NOW)
        results = at_once(
            [
                lambda person=person: runs.resume(Run.objects.get(), person=person, now=NOW)
                for person in (adam, ada)
            ]
        )
        assert {type(result) for result in results} == {type(None), Conflict}
        assert Event.objects.filter(action="resume").count() == 1
        assert (Run.objects.get().state, Job.objects.get().state) == ("queued", "waiting")

    @pytest.mark.parametrize("number", range(ROUNDS))
    def test_while_its_worker_lets_go_never_leaves_a_run_that_nobody_will_do(self, lease, ada, number):
        resumed, _done = at_once(
            [lambda: runs.resume(Run.objects.get(), person=ada, now=NOW), lambda: jobs.do(lease)]
        )
        states = (Run.objects.get().state, Job.objects.get().state)
        assert states == (("cancelled", "done") if isinstance(resumed, Conflict) else ("queued", "waiting"))


class TestTwoWorkers:
    @pytest.mark.parametrize("number", range(ROUNDS))
    def test_start_one_run(self, release, adam, trainer, monkeypatch, number):
        # Each sees an empty queue, as if the other had not looked yet: the database alone decides.
        monkeypatch.setattr(finetune, "is_turn_of", lambda _run: True)
        trainer("stop")
        made = [runs.start(release, recipe="smoke", overrides={}, person=adam, now=NOW) for _ in range(2)]
        leases = [claim("finetune", run.public_id) for run in made]

        def work(lease):
            done = jobs.do(lease)
            for training in Run.objects.running():  # whoever has to wait lets the other one end
                runs.cancel(training, person=adam, now=NOW)
            return done

        did = at_once([lambda lease=lease: work(lease) for lease in leases])
        assert sorted(did) == [False, True]
        assert sorted(Run.objects.values_list("state", flat=True)) == ["cancelled", "queued"]
        assert Event.objects.filter(action="start").count() == 1
