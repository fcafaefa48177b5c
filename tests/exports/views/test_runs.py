import json
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from crowd.models import Event, Job
from crowd.services import events
from exports.models import Run
from exports.services import run as runs
from exports.services.run_files import RunFolder
from tests.support.factories import NOW
from tests.support.runs import make_run

HTMX = {"HX-Request": "true"}


def page(run, name="run"):
    return reverse(f"exports:{name}", args=[run.public_id])


@pytest.fixture
def running(release, adam):
    """A run at step 1 of 2."""
    run = make_run(release, adam, state="running", started_at=NOW)
    folder = RunFolder(run)
    folder.path.mkdir(parents=True)
    status = {
        "state": "running",
        "step": 1,
        "steps": 2,
        "loss": 2.5,
        "tokens_per_second": 900,
        "eta_seconds": 75,
    }
    (folder.path / "status.json").write_text(json.dumps(status))
    step = {"event": "step", "step": 1, "loss": 2.5, "learning_rate": 0.1}
    (folder.path / "metrics.jsonl").write_text(json.dumps(step) + "\n")
    folder.log.write_text("<script>alert(1)</script>\n")
    return run


class TestEveryPage:
    NAMES = ("run", "run-metrics", "chat")

    @pytest.mark.parametrize("name", NAMES)
    def test_is_for_admins(self, client, running, rita, name):
        client.force_login(rita)
        assert client.get(page(running, name)).status_code == 403

    @pytest.mark.parametrize("name", NAMES)
    def test_asks_a_passer_by_to_sign_in(self, client, running, name):
        response = client.get(page(running, name))
        assert (response.status_code, response.url) == (302, f"/accounts/login/?next={page(running, name)}")

    @pytest.mark.parametrize("name", NAMES)
    def test_of_no_run_is_not_found(self, client, adam, name):
        client.force_login(adam)
        nobody = "00000000-0000-4000-8000-000000000000"
        assert client.get(reverse(f"exports:{name}", args=[nobody])).status_code == 404

    @pytest.mark.parametrize("name", ["runs", "run-new"])
    def test_without_a_run_is_for_admins_too(self, client, rita, name):
        client.force_login(rita)
        assert client.get(reverse(f"exports:{name}")).status_code == 403


class TestTheList:
    @pytest.mark.parametrize("count", [1, 3])
    def test_takes_as_many_queries_for_many(self, client, release, adam, django_assert_num_queries, count):
        client.force_login(adam)
        made = [make_run(release, adam) for _ in range(count)]
        with django_assert_num_queries(6):
            text = client.get(reverse("exports:runs")).content.decode()
        assert [run.name in text for run in made] == [True] * count

    def test_says_how_far_each_is(self, client, running, release, adam):
        client.force_login(adam)
        Job.objects.create(
            kind="finetune",
            key=str(running.public_id),
            state="running",
            lease_until=timezone.now() + timedelta(minutes=5),
            run_at=NOW,
            rung_at=NOW,
            created_at=NOW,
        )
        make_run(release, adam)
        make_run(release, adam, state="failed", message="The disk is full.")
        rows = client.get(reverse("exports:runs")).context["rows"]
        assert {run.state: note for run, note, _mark in rows} == {
            "running": "step 1 of 2",
            "queued": "number 1 in the queue",
            "failed": "The disk is full.",
        }

    def test_says_that_a_worker_was_lost(self, client, running, adam):
        client.force_login(adam)
        assert (
            "No worker will take this run up again." in client.get(reverse("exports:runs")).content.decode()
        )

    def test_says_what_to_do_when_it_is_empty(self, client, adam):
        client.force_login(adam)
        assert "No model yet" in client.get(reverse("exports:runs")).content.decode()


class TestTheRunsPage:
    def test_shows_how_far_it_is(self, client, running, adam):
        client.force_login(adam)
        text = client.get(page(running)).content.decode()
        parts = ("1 of 2", "2.500", "0.1", "900", "1 min 15 s", "Cancel the run")
        assert [part in text for part in parts] == [True] * 6

    def test_shows_every_setting_and_what_happened(self, client, running, adam):
        (RunFolder(running).path / "run.json").write_text(
            '{"settings": {"warmup": "linear"}, "python": "3.11"}'
        )
        events.record("run", running.public_id, "fail", now=NOW, reason="The disk <is> full.")
        client.force_login(adam)
        text = client.get(page(running)).content.decode()
        assert [part in text for part in ("warmup", "linear", "Failed", "The disk &lt;is&gt; full.")] == [
            True
        ] * 4

    def test_says_what_the_base_is_and_its_licence(self, client, release, adam):
        client.force_login(adam)
        run = make_run(release, adam, base="pythia-70m@a39f36b", base_licence="Apache-2.0")
        text = client.get(page(run)).content.decode()
        assert [part in text for part in ("pythia-70m@a39f36b", "Apache-2.0")] == [True] * 2

    def test_shows_the_log_as_text(self, client, running, adam):
        client.force_login(adam)
        text = client.get(page(running)).content.decode()
        assert ("<script>alert" in text, "&lt;script&gt;alert" in text) == (False, True)

    def test_answers_a_poll_with_what_changes(self, client, running, adam):
        client.force_login(adam)
        response = client.get(page(running), headers=HTMX)
        assert "<html" not in response.content.decode()
        assert 'hx-trigger="every 2s"' in response.content.decode()
        assert '<div hx-swap-oob="innerHTML:#run-log">&lt;script&gt;alert(1)' in response.content.decode()
        assert "HX-Refresh" not in response

    def test_ends_the_polling_with_the_whole_page_once_it_is_over(self, client, release, adam):
        run = make_run(release, adam, state="failed", message="Out of <memory>.")
        client.force_login(adam)
        response = client.get(page(run), headers=HTMX)
        assert response["HX-Refresh"] == "true"
        assert "hx-trigger" not in response.content.decode()
        assert "Out of &lt;memory&gt;." in response.content.decode()

    def test_of_a_finished_run_has_its_figures_and_the_way_to_the_chat(self, client, release, adam):
        figures = {"loss": 0.1234, "steps": 240, "tokens": 1234567, "seconds": 61.2}
        run = make_run(release, adam, state="succeeded", figures=figures)
        client.force_login(adam)
        text = client.get(page(run)).content.decode()
        parts = ("0.123", "240", "1,234,567", "1 min 1 s", page(run, "chat"))
        assert [part in text for part in parts] == [True] * 5

    @pytest.mark.parametrize("state", ["running", "succeeded"])
    def test_shows_the_loss_on_held_out_records_where_some_are(self, client, running, adam, state):
        Run.objects.update(state=state, finished_at=NOW if state == "succeeded" else None)
        client.force_login(adam)
        before = client.get(page(running)).content.decode()
        with (RunFolder(running).path / "metrics.jsonl").open("a") as metrics:
            metrics.write('{"event": "evaluation", "step": 1, "loss": 3.2104}\n')
        after = client.get(page(running)).content.decode()
        assert ["loss on held-out records" in text for text in (before, after)] == [False, True]
        assert "3.210" in after

    def test_reloads_itself_without_a_script_until_it_is_over(self, client, running, release, adam):
        client.force_login(adam)
        over = make_run(release, adam, state="cancelled")
        reload = '<meta http-equiv="refresh"'
        assert [reload in client.get(page(run)).content.decode() for run in (running, over)] == [True, False]


class TestTheMetrics:
    def test_are_the_curve_so_far(self, client, running, adam):
        client.force_login(adam)
        assert client.get(page(running, "run-metrics")).json() == {"points": [[1, 2.5, 0.1]], "done": False}

    def test_are_done_when_the_run_is(self, client, release, adam):
        client.force_login(adam)
        run = make_run(release, adam, state="cancelled")
        assert client.get(page(run, "run-metrics")).json() == {"points": [], "done": True}


class TestCancelling:
    def test_ends_the_run(self, client, release, adam):
        run = make_run(release, adam)
        client.force_login(adam)
        assert client.post(page(run, "run-cancel")).url == page(run)
        assert Run.objects.get().state == "cancelled"
        assert Event.objects.about("run", run.public_id).get().actor == adam

    def test_of_a_finished_run_says_that_it_is_over(self, client, release, adam):
        run = make_run(release, adam, state="succeeded")
        client.force_login(adam)
        response = client.post(page(run, "run-cancel"), follow=True)
        assert [str(message) for message in response.context["messages"]] == ["This run is already over."]
        assert Run.objects.get().state == "succeeded"

    def test_is_for_admins(self, client, release, adam, rita):
        run = make_run(release, adam)
        client.force_login(rita)
        assert client.post(page(run, "run-cancel")).status_code == 403
        assert Run.objects.get().state == "queued"

    def test_is_no_link(self, client, release, adam):
        client.force_login(adam)
        assert client.get(page(make_run(release, adam), "run-cancel")).status_code == 405


class TestResuming:
    @pytest.fixture
    def cancelled(self, release, adam):
        run = runs.start(release, recipe="smoke", overrides={}, person=adam, now=NOW)
        runs.cancel(run, person=adam, now=NOW)
        return run

    def test_queues_the_run_again(self, client, cancelled, adam):
        client.force_login(adam)
        assert client.post(page(cancelled, "run-resume")).url == page(cancelled)
        assert Run.objects.get().state == "queued"
        assert Event.objects.about("run", cancelled.public_id).last().action == "resume"

    def test_is_offered_with_the_step_after_which_it_goes_on(self, client, cancelled, adam):
        folder = RunFolder(cancelled).path
        (folder / "checkpoints/step-00000050").mkdir(parents=True)
        (folder / "metrics.jsonl").write_text('{"event": "checkpoint", "step": 50}\n')
        client.force_login(adam)
        assert "It goes on after step 50," in client.get(page(cancelled)).content.decode()

    def test_without_a_checkpoint_says_that_it_starts_anew(self, client, cancelled, adam):
        client.force_login(adam)
        assert "It has no checkpoint yet" in client.get(page(cancelled)).content.decode()

    @pytest.mark.parametrize("state", ["queued", "running", "succeeded"])
    def test_of_another_run_is_neither_offered_nor_done(self, client, release, adam, state):
        run = make_run(release, adam, state=state)
        client.force_login(adam)
        assert "Resume the run" not in client.get(page(run)).content.decode()
        response = client.post(page(run, "run-resume"), follow=True)
        assert [str(message) for message in response.context["messages"]] == [
            "Only a run that failed or was cancelled can be resumed."
        ]
        assert Run.objects.get().state == state

    def test_is_for_admins(self, client, cancelled, rita):
        client.force_login(rita)
        assert client.post(page(cancelled, "run-resume")).status_code == 403
        assert Run.objects.get().state == "cancelled"

    def test_is_no_link(self, client, cancelled, adam):
        client.force_login(adam)
        assert client.get(page(cancelled, "run-resume")).status_code == 405
