from datetime import timedelta

import pytest

from crowd.models import Event, Job
from crowd.services import sweeper
from crowd.services.errors import Conflict
from exports.models import Run
from exports.services import run as runs
from exports.services.run_files import config
from tests.support.factories import NOW
from tests.support.runs import claim, make_base, make_release, make_run
from training.config import ConfigError

LATER = NOW + timedelta(hours=1)


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

    def test_keeps_the_base_with_its_licence_and_tells_the_trainer_where_it_is(self, release, adam, folders):
        path = make_base(folders / "bases")
        run = runs.start(release, recipe="pythia-70m", overrides={}, person=adam, now=NOW)
        assert Run.objects.values_list("base", "base_licence").get() == ("pythia-70m@a39f36b", "Apache-2.0")
        assert config(run).base == str(path)

    def test_from_random_weights_has_no_base(self, release, adam, folders):
        make_base(folders / "bases")
        run = runs.start(release, recipe="pythia-70m", overrides={"init": "random"}, person=adam, now=NOW)
        assert (run.base, run.base_licence, config(run).base) == ("", "", None)

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
            ("pythia-70m", {}, "base"),
            ("smoke", {"depth": 3}, "depth"),
            ("smoke", {"max_steps": "5"}, "max_steps"),
            ("smoke", {"max_steps": True}, "max_steps"),
            ("smoke", {"learning_rate": 2}, "learning_rate"),
            ("smoke", {"warmup": "steep"}, "warmup"),
            ("smoke", {"precision": "bf16"}, "optimizer"),
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
        claim("finetune", asked.public_id)
        runs.move(asked, runs.Action.START, now=NOW)
        runs.cancel(asked, person=ada, now=NOW + timedelta(seconds=31))
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


class TestResume:
    @pytest.fixture
    def over(self, asked):
        """A run that a worker trained and that failed."""
        lease = claim("finetune", asked.public_id)
        runs.move(asked, runs.Action.START, now=NOW, started_at=NOW)
        with lease.finishing(now=NOW):
            runs.move(
                asked, runs.Action.FAIL, now=NOW, finished_at=NOW, message="The disk is full.", exit_code=1
            )
        return asked

    def test_queues_the_run_and_its_job_anew(self, over, ada):
        runs.resume(over, person=ada, now=LATER)
        stored = Run.objects.get()
        assert (stored.state, stored.queued_at, stored.created_at) == ("queued", LATER, NOW)
        assert (stored.finished_at, stored.message, stored.exit_code) == (None, "", None)
        assert Job.objects.values_list("state", "attempt", "run_at").get() == ("waiting", 0, LATER)
        event = Event.objects.about("run", over.public_id).order_by("pk").last()
        assert (event.action, event.from_state, event.actor) == ("resume", "failed", ada)

    def test_of_a_cancelled_run_forgets_the_wish_to_stop(self, asked, ada):
        lease = claim("finetune", asked.public_id)
        runs.move(asked, runs.Action.START, now=NOW)
        runs.cancel(asked, person=ada, now=NOW)
        with lease.finishing(now=NOW):
            runs.move(asked, runs.Action.CANCEL, now=NOW, finished_at=NOW)
        runs.resume(asked, person=ada, now=LATER)
        assert Run.objects.values_list("state", "stop_requested_at").get() == ("queued", None)

    def test_of_a_run_that_was_cancelled_while_it_waited_takes_its_job_as_it_stands(self, asked, ada):
        runs.cancel(asked, person=ada, now=NOW)
        runs.resume(asked, person=ada, now=LATER)
        assert (Run.objects.get().state, Job.objects.get().state) == ("queued", "waiting")

    def test_waits_until_the_worker_has_let_go(self, asked, ada):
        runs.cancel(asked, person=ada, now=NOW)
        claim("finetune", asked.public_id)
        with pytest.raises(Conflict, match="still letting go"):
            runs.resume(asked, person=ada, now=NOW)
        assert (Run.objects.get().state, Job.objects.get().state) == ("cancelled", "running")

    def test_once_more_after_the_workers_were_lost_too_often(self, asked, ada):
        claim("finetune", asked.public_id)
        runs.move(asked, runs.Action.START, now=NOW)
        Job.objects.update(attempt=5)
        sweeper.sweep(now=LATER)
        asked.refresh_from_db()
        assert (asked.state, Job.objects.get().state) == ("failed", "quarantined")
        runs.resume(asked, person=ada, now=LATER)
        assert Job.objects.values_list("state", "attempt").get() == ("waiting", 0)

    @pytest.mark.parametrize("state", ["queued", "running", "succeeded"])
    def test_of_a_run_in_another_state_is_refused(self, release, adam, state):
        run = make_run(release, adam, state=state)
        with pytest.raises(Conflict, match="Only a run that failed or was cancelled"):
            runs.resume(run, person=adam, now=NOW)
        assert (Run.objects.get().state, history(run)) == (state, [])

    def test_on_other_data_is_refused(self, over, ada):
        Run.objects.update(data_sha256="0" * 64)
        with pytest.raises(Conflict, match=r"The data of release 1\.0\.0 is not what it was"):
            runs.resume(Run.objects.get(), person=ada, now=NOW)

    def test_without_the_data_is_refused(self, over, ada, folders):
        (folders / "releases/1.0.0/data/train.jsonl").unlink()
        with pytest.raises(Conflict, match="are not in the data folder"):
            runs.resume(over, person=ada, now=NOW)

    def test_without_its_base_is_refused(self, release, adam, folders):
        path = make_base(folders / "bases")
        run = runs.start(release, recipe="pythia-70m", overrides={}, person=adam, now=NOW)
        runs.cancel(run, person=adam, now=NOW)
        path.rename(path.with_name("gone"))
        with pytest.raises(Conflict, match="This site keeps no base 'pythia-70m@a39f36b'"):
            runs.resume(run, person=adam, now=NOW)
        path.with_name("gone").rename(path)
        runs.resume(run, person=adam, now=NOW)
        assert Run.objects.get().state == "queued"

    def test_twice_is_refused(self, over, ada):
        stale = Run.objects.get()
        runs.resume(over, person=ada, now=NOW)
        with pytest.raises(Conflict, match="just changed"):
            runs.resume(stale, person=ada, now=NOW)
        assert history(over)[-2:] == [("fail", "failed"), ("resume", "queued")]


class TestMove:
    def test_a_stale_move_changes_nothing(self, asked):
        stale = Run.objects.get()
        runs.move(asked, runs.Action.START, now=NOW)
        with pytest.raises(Conflict, match="just changed"):
            runs.move(stale, runs.Action.CANCEL, now=NOW, finished_at=NOW)
        assert (Run.objects.get().state, history(asked)[-1]) == ("running", ("start", "running"))
