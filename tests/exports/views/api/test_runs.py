import json

import pytest
from django.urls import reverse

from crowd.models import Job
from exports.models import Run
from exports.services import run as runs
from exports.services.run_files import RunFolder
from tests.support.api import client_of
from tests.support.factories import NOW
from tests.support.runs import make_base, make_release, make_run

RUNS = "/api/v1/runs/"


@pytest.fixture
def api(adam):
    return client_of(adam)


def body(**fields):
    return {"release": "1.0.0", "recipe": "smoke", **fields}


class TestStarting:
    def test_queues_a_run(self, api, release):
        response = api.post(RUNS, body(overrides={"max_steps": 5}))
        run = Run.objects.get()
        assert (response.status_code, response.json()) == (202, {"id": str(run.public_id), "state": "queued"})
        assert (run.overrides, Job.objects.get().key) == ({"max_steps": 5}, str(run.public_id))

    def test_starts_from_a_base_of_the_sites(self, api, release, folders):
        make_base(folders / "bases", "pythia-70m@one")
        make_base(folders / "bases", "pythia-70m@two")
        asked = body(recipe="pythia-70m", base="pythia-70m@two")
        assert api.post(RUNS, asked).status_code == 202
        shown = api.get(f"{RUNS}{Run.objects.get().public_id}/").json()
        assert (shown["base"], shown["base_licence"]) == ("pythia-70m@two", "Apache-2.0")

    def test_with_the_same_key_queues_one(self, api, release):
        first, second = (api.post(RUNS, body(), headers={"Idempotency-Key": "one"}) for _ in range(2))
        assert (first.status_code, second.status_code, first.json()) == (202, 202, second.json())
        assert Run.objects.count() == 1

    @pytest.mark.parametrize(
        ("fields", "field"),
        [
            ({"release": 1}, "release"),
            ({"release": "1.0.0\0"}, "release"),
            ({"recipe": "nope"}, "recipe"),
            ({"recipe": "pythia-70m"}, "base"),
            ({"recipe": None}, "recipe"),
            ({"overrides": []}, "overrides"),
            ({"overrides": "max_steps=5"}, "overrides"),
            ({"overrides": {"max_steps": "5"}}, "overrides"),
            ({"overrides": {"max_steps": 0}}, "overrides"),
            ({"overrides": {"depth": 3}}, "overrides"),
            ({"overrides": {"\ud800": 3}}, "overrides"),
            ({"overrides": {"seed": {"a": "x" * 10_000}}}, "overrides"),
            ({"base": "/etc"}, "base"),
            ({"base": 1}, "base"),
        ],
    )
    def test_refuses_wrong_fields_by_name(self, api, release, fields, field):
        response = api.post(RUNS, json.dumps(body(**fields)), content_type="application/json")
        assert (response.status_code, list(response.json()["errors"])) == (400, [field])
        assert len(response.content) < 1_000
        assert Run.objects.count() == 0

    def test_needs_a_release_and_a_recipe(self, api):
        response = api.post(RUNS, {})
        assert (response.status_code, list(response.json()["errors"])) == (400, ["release", "recipe"])

    @pytest.mark.parametrize("state", ["cutting", "failed"])
    def test_refuses_a_release_that_is_not_ready(self, api, folders, state):
        make_release(state=state)
        response = api.post(RUNS, body())
        assert (response.status_code, response.json()["detail"]) == (409, "Release 1.0.0 is not ready.")

    def test_of_an_unknown_release_is_not_found(self, api, release):
        assert api.post(RUNS, body(release="9.9.9")).status_code == 404


class TestLooking:
    def test_tells_how_far_it_is(self, api, release, adam):
        run = make_run(release, adam, state="running")
        RunFolder(run).path.mkdir(parents=True)
        status = '{"step": 1, "steps": 2, "loss": 2.5, "tokens_per_second": 900, "eta_seconds": 75}'
        (RunFolder(run).path / "status.json").write_text(status)
        step = '{"event": "step", "step": 1, "learning_rate": 0.1}'
        (RunFolder(run).path / "metrics.jsonl").write_text(step)
        shown = api.get(f"{RUNS}{run.public_id}/").json()
        pace = ("learning_rate", "tokens_per_second", "eta_seconds")
        assert [shown[key] for key in pace] == [0.1, 900, 75]
        assert {key: shown[key] for key in ("id", "state", "release", "recipe", "step", "steps", "loss")} == {
            "id": str(run.public_id), "state": "running", "release": "1.0.0", "recipe": "smoke",
            "step": 1, "steps": 2, "loss": 2.5,
        }  # fmt: skip

    def test_before_it_starts_tells_nothing_of_that(self, api, release, adam):
        shown = api.get(f"{RUNS}{make_run(release, adam).public_id}/").json()
        assert (shown["step"], shown["loss"], shown["finished_at"]) == (None, None, None)
        assert shown["waits_for"].startswith("A training worker is being started.")

    def test_of_no_run_is_not_found(self, api):
        assert api.get(f"{RUNS}00000000-0000-4000-8000-000000000000/").status_code == 404


class TestCancelling:
    def test_ends_a_waiting_run(self, api, release, adam):
        run = make_run(release, adam)
        response = api.post(f"{RUNS}{run.public_id}/cancel/")
        assert (response.status_code, response.json()["state"]) == (200, "cancelled")

    def test_of_a_run_that_is_over_is_refused(self, api, release, adam):
        run = make_run(release, adam, state="succeeded")
        response = api.post(f"{RUNS}{run.public_id}/cancel/")
        assert (response.status_code, response.json()["detail"]) == (409, "This run is already over.")

    def test_takes_no_fields(self, api, release, adam):
        run = make_run(release, adam)
        response = api.post(f"{RUNS}{run.public_id}/cancel/", {"why": "because"})
        assert (response.status_code, Run.objects.get().state) == (400, "queued")


class TestResuming:
    def test_queues_a_run_that_was_cancelled(self, api, release, adam):
        run = runs.start(release, recipe="smoke", overrides={}, person=adam, now=NOW)
        api.post(f"{RUNS}{run.public_id}/cancel/")
        response = api.post(f"{RUNS}{run.public_id}/resume/")
        assert (response.status_code, response.json()["state"]) == (202, "queued")
        assert (Run.objects.get().state, Job.objects.get().state) == ("queued", "waiting")

    @pytest.mark.parametrize("state", ["queued", "running", "succeeded"])
    def test_of_another_run_is_refused(self, api, release, adam, state):
        run = make_run(release, adam, state=state)
        response = api.post(f"{RUNS}{run.public_id}/resume/")
        assert (response.status_code, response.json()["detail"]) == (
            409,
            "Only a run that failed or was cancelled can be resumed.",
        )

    def test_takes_no_fields(self, api, release, adam):
        run = make_run(release, adam, state="failed")
        response = api.post(f"{RUNS}{run.public_id}/resume/", {"step": 1})
        assert (response.status_code, Run.objects.get().state) == (400, "failed")


class TestWhoMay:
    @pytest.mark.parametrize(
        ("method", "name"),
        [("post", "runs"), ("get", "run"), ("post", "cancel-run"), ("post", "resume-run")],
    )
    def test_admins_alone(self, release, adam, rita, method, name):
        run = make_run(release, adam)
        url = reverse(f"api:{name}", args=[] if name == "runs" else [run.public_id])
        assert getattr(client_of(), method)(url).status_code == 401
        assert getattr(client_of(rita), method)(url).status_code == 403
        assert Run.objects.get().state == "queued"
