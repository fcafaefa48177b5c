"""A push from the release's page: a look, then the push, each a job, against a hub that speaks the protocol."""

import threading
from datetime import timedelta

import pytest

from crowd.models import Event, Job
from crowd.services import jobs, sweeper
from crowd.services.errors import Conflict
from exports.domain.release import Choice, IllegalMove
from exports.models import Push
from exports.services import push_job, pushes
from exports.services import release as releases
from exports.services.release_folder import place
from tests.support.damage import folder_of
from tests.support.factories import NOW
from tests.support.fake_hub import TOKEN, Fault
from tests.support.releases import make_contributions, make_release

pytestmark = pytest.mark.django_db

REPO = "flock/pairs"
AFTER_THE_LEASE = NOW + push_job.LEASE + timedelta(seconds=1)


@pytest.fixture
def release(contributions):
    return make_release()


def do(push, *, attempt=0, now=NOW):
    """Do its job; the row as it is then."""
    job = pushes.job_of(push)
    assert jobs.run(job.pk, attempt, owner="worker:1", clock=lambda: now)
    push.refresh_from_db()
    return push


def look(release, person):
    return do(pushes.look(release, repo_id=REPO, person=person, now=NOW))


def send(looked, person):
    return do(pushes.send(looked, person=person, now=NOW))


class TestLooking:
    def test_says_what_would_be_sent_and_sends_nothing(self, hub, release, adam):
        looked = look(release, adam)
        assert (looked.state, looked.message) == ("done", "It would be made.")
        assert sorted(looked.files) == sorted(folder_of(place("1.0.0")))
        assert {"create", "commit", "tag"}.isdisjoint(hub.calls)

    def test_tells_what_would_leave(self, hub, release, adam):
        hub.create(REPO, private=True)
        hub.commit(REPO, {"manifest.json": b"{}", "data/old.jsonl": b"{}"})
        assert "would leave main: data/old.jsonl." in look(release, adam).message

    @pytest.mark.parametrize(
        ("token", "is_private", "reason"),
        [("", True, "HF_TOKEN is not set"), (TOKEN, False, "is public, and release 1.0.0 is not published")],
    )
    def test_says_why_a_push_would_be_refused(self, hub, release, adam, settings, token, is_private, reason):
        hub.create(REPO, private=is_private)
        settings.HF_TOKEN = token
        looked = look(release, adam)
        assert (looked.state, reason in looked.message) == ("refused", True)

    def test_is_done_once_at_a_time(self, hub, release, adam):
        pushes.look(release, repo_id=REPO, person=adam, now=NOW)
        with pytest.raises(Conflict, match="under way"):
            pushes.look(release, repo_id=REPO, person=adam, now=NOW)
        assert (Push.objects.count(), Job.objects.filter(kind=pushes.JOB).count()) == (1, 1)

    def test_needs_a_release_that_is_ready(self, hub, alice, rita, adam):
        make_contributions(alice, rita)
        with pytest.raises(IllegalMove):
            pushes.look(releases.cut("1.0.0", Choice(), now=NOW), repo_id=REPO, person=adam, now=NOW)


class TestPushing:
    def test_sends_the_release_and_says_where_it_is(self, hub, release, adam):
        pushed = send(look(release, adam), adam)
        assert folder_of(place("1.0.0")).items() <= hub.files(REPO).items()
        assert (pushed.state, pushed.url) == ("done", f"{hub.url}/datasets/{REPO}/tree/v1.0.0")
        assert hub.tags[REPO]["v1.0.0"] in pushed.message
        assert pushes.places(release) == [pushed.url]
        assert Event.objects.about("release", "1.0.0").get(action="push").actor == adam

    def test_again_says_that_it_is_there(self, hub, release, adam):
        send(look(release, adam), adam)
        assert "already" in send(look(release, adam), adam).message
        assert hub.calls.count("commit") == 1

    @pytest.mark.parametrize("case", ["refused", "older", "sent"])
    def test_needs_a_look_that_still_holds(self, hub, release, adam, settings, case):
        settings.HF_TOKEN = "" if case == "refused" else TOKEN
        looked = look(release, adam)
        if case == "older":
            look(release, adam)
        if case == "sent":
            send(looked, adam)
        calls = len(hub.calls)
        with pytest.raises(Conflict, match="Look first"):
            pushes.send(looked, person=adam, now=NOW)
        assert len(hub.calls) == calls

    def test_that_the_hub_breaks_off_is_told_and_can_be_done_again(self, hub, release, adam):
        looked = look(release, adam)
        hub.faults["commit"] = Fault(status=500)
        broken = send(looked, adam)
        assert (broken.state, "push again" in broken.message) == ("refused", True)
        assert send(look(release, adam), adam).state == "done"

    def test_whose_worker_died_is_done_again(self, hub, release, adam):
        push = pushes.send(look(release, adam), person=adam, now=NOW)
        jobs.claim(pushes.job_of(push).pk, 0, owner="worker:1", clock=lambda: NOW)
        sweeper.sweep(now=AFTER_THE_LEASE)
        assert do(push, attempt=1, now=AFTER_THE_LEASE).state == "done"

    def test_of_which_all_attempts_fail_is_refused(self, hub, release, adam):
        push = pushes.send(look(release, adam), person=adam, now=NOW)
        push_job.give_up(pushes.job_of(push), NOW)
        push.refresh_from_db()
        assert (push.state, push.is_waiting) == ("refused", False)

    def test_tells_how_far_it_is_and_holds_on_to_its_job(self, hub, release, adam, monkeypatch):
        push = pushes.send(look(release, adam), person=adam, now=NOW)
        monkeypatch.setattr(push_job, "LOOK_EVERY_SECONDS", 0.01)
        renew, seen, watched = jobs.Lease.renew, [], threading.Event()

        def renewed(lease, **progress):
            seen.append(progress)
            watched.set()
            renew(lease, **progress)

        monkeypatch.setattr(jobs.Lease, "renew", renewed)
        hub.before["commit"] = lambda: watched.clear() or watched.wait(60)
        do(push)
        assert all(0 <= each["done"] <= each["total"] for each in seen)
        assert seen[-1]["done"] > 0
