from datetime import timedelta

import pytest

from crowd.models import Event, Job
from crowd.services import workers
from crowd.services.errors import Conflict
from exports.models import Run
from exports.services import run as runs
from tests.support.factories import NOW
from tests.support.runs import claim, make_release, make_run
from training.config import ConfigError


def history(run):
    return [(event.action, event.to_state) for event in Event.objects.about("run", run.public_id)]


class TestStart:
    def test_keeps_what_was_asked_with_its_job(self, release, adam, trainer):
        run = runs.start(release, recipe="smoke", overrides={"max_steps": 5, "seed": 7}, person=adam, now=NOW)
        stored = Run.objects.get()
        assert (stored.state, stored.recipe, stored.overrides, stored.seed) == (
            "queued", "smoke", {"max_steps": 5, "seed": 7}, 7,
        )  # fmt: skip
        assert stored.data_sha256 == "ca3d163bab055381827226140568f3bef7eaac187cebd76878e0b63e9e442356"
        assert Job.objects.values_list("kind", "queue", "key").get() == (
            "finetune",
            "training",
            str(run.public_id),
        )
        assert history(run) == [("queue", "queued")]

    def test_the_seed_is_the_recipes_unless_it_was_asked_for(self, asked):
        assert asked.seed == 42

    def test_a_release_that_is_not_ready_is_refused(self, folders, adam, db):
        with pytest.raises(Conflict, match=r"Release 2\.0\.0 is not ready"):
            runs.start(
                make_release("2.0.0", state="cutting"), recipe="smoke", overrides={}, person=adam, now=NOW
            )
        assert (Run.objects.count(), Job.objects.count()) == (0, 0)

    def test_a_release_whose_files_are_gone_is_refused(self, folders, adam, db):
        with pytest.raises(Conflict, match="are not in the data folder"):
            runs.start(make_release(), recipe="smoke", overrides={}, person=adam, now=NOW)

    @pytest.mark.parametrize(
        ("recipe", "overrides", "key"),
        [
            ("nope", {}, "recipe"),
            ("pythia-70m", {}, "recipe"),
            ("smoke", {"depth": 3}, "depth"),
            ("smoke", {"max_steps": "5"}, "max_steps"),
            ("smoke", {"max_steps": True}, "max_steps"),
            ("smoke", {"learning_rate": 2}, "learning_rate"),
        ],
    )
    def test_what_no_trainer_could_use_is_refused_by_name(self, release, adam, recipe, overrides, key):
        with pytest.raises(ConfigError) as refusal:
            runs.start(release, recipe=recipe, overrides=overrides, person=adam, now=NOW)
        assert refusal.value.key == key
        assert Run.objects.count() == 0


class TestCancel:
    def test_ends_a_waiting_run_at_once(self, asked, ada):
        runs.cancel(asked, person=ada, now=NOW)
        assert Run.objects.values_list("state", "finished_at").get() == ("cancelled", NOW)
        assert history(asked)[-1] == ("cancel", "cancelled")

    def test_asks_the_worker_that_trains(self, asked, ada):
        claim("finetune", asked.public_id)
        runs.move(asked, runs.Action.START, now=NOW)
        runs.cancel(asked, person=ada, now=NOW)
        assert Run.objects.values_list("state", "stop_requested_at").get() == ("running", NOW)
        assert history(asked)[-1] == ("ask_to_stop", "running")

    def test_asks_once(self, asked, ada):
        claim("finetune", asked.public_id)
        runs.move(asked, runs.Action.START, now=NOW)
        for _ in range(2):
            runs.cancel(asked, person=ada, now=NOW)
        assert history(asked)[-2:] == [("start", "running"), ("ask_to_stop", "running")]

    def test_ends_a_run_whose_worker_was_lost_at_once(self, asked, ada):
        runs.move(asked, runs.Action.START, now=NOW)
        runs.cancel(asked, person=ada, now=NOW)
        assert Run.objects.get().state == "cancelled"

    def test_follows_a_run_that_starts_in_that_moment(self, asked, ada):
        stale = Run.objects.get()
        claim("finetune", asked.public_id)
        runs.move(asked, runs.Action.START, now=NOW)
        runs.cancel(stale, person=ada, now=NOW)
        assert Run.objects.values_list("state", "stop_requested_at").get() == ("running", NOW)

    @pytest.mark.parametrize("state", ["succeeded", "failed", "cancelled"])
    def test_a_run_that_is_over_stays_as_it_is(self, release, adam, state):
        run = make_run(release, adam, state=state)
        with pytest.raises(Conflict, match="already over"):
            runs.cancel(run, person=adam, now=NOW)
        assert (Run.objects.get().state, history(run)) == (state, [])


class TestMove:
    def test_a_stale_move_changes_nothing(self, asked):
        stale = Run.objects.get()
        runs.move(asked, runs.Action.START, now=NOW)
        with pytest.raises(Conflict, match="just changed"):
            runs.move(stale, runs.Action.CANCEL, now=NOW, finished_at=NOW)
        assert (Run.objects.get().state, history(asked)[-1]) == ("running", ("start", "running"))


class TestWaitsFor:
    def test_a_worker_that_is_being_started(self, asked):
        assert runs.waits_for(asked, now=NOW) == (
            "A training worker is being started. It takes a few seconds to load."
        )

    def test_a_worker_that_is_not_connected_in_production(self, asked, settings):
        settings.PRODUCTION = True
        assert "No training worker is connected." in runs.waits_for(asked, now=NOW)

    def test_the_run_that_runs(self, asked, release, adam):
        workers.say_hello("w", queue="training", now=NOW)
        other = make_run(release, adam, state="running")
        assert runs.waits_for(asked, now=NOW) == f"Waits for the run before it: {other.name}."

    def test_runs_that_were_asked_for_earlier(self, asked, release, adam):
        workers.say_hello("w", queue="training", now=NOW)
        make_run(release, adam, created_at=NOW - timedelta(minutes=1))
        assert runs.waits_for(asked, now=NOW) == "Waits for the runs that were asked for before it."

    def test_nothing_when_a_worker_holds_it(self, asked):
        claim("finetune", asked.public_id)
        assert runs.waits_for(asked, now=NOW) == ""

    def test_nothing_when_it_is_over(self, release, adam):
        assert runs.waits_for(make_run(release, adam, state="failed"), now=NOW) == ""
