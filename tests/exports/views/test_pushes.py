import pytest
from django.utils import timezone

from crowd.services import jobs
from exports.models import Push
from exports.services import pushes
from exports.services.run_files import RunFolder
from tests.support.judging import make_model
from tests.support.releases import make_release

pytestmark = pytest.mark.django_db

PAGE = "/releases/1.0.0/"
PUSH = "/releases/1.0.0/push/"
FRAGMENT = {"HX-Request": "true"}


@pytest.fixture
def release(contributions):
    return make_release(published=True)


@pytest.fixture
def as_admin(client, adam):
    client.force_login(adam)
    return client


def do_jobs():
    for push in Push.objects.filter(state="waiting"):
        jobs.run(pushes.job_of(push).pk, 0, owner="worker:1", clock=timezone.now)


class TestAnAdmin:
    def test_looks_first_and_then_pushes(self, as_admin, adam, hub, release):
        page = as_admin.post(PUSH, {"repo_id": "flock/pairs"}, follow=True)
        assert "Asking the hub what it holds at flock/pairs" in page.text
        do_jobs()
        looked = Push.objects.get()
        page = as_admin.get(PAGE)
        assert "flock/pairs was looked at, and nothing was sent" in page.text
        assert f'action="{PUSH}{looked.public_id}/"' in page.text
        assert "commit" not in hub.calls
        assert "Pushing to flock/pairs." in as_admin.post(f"{PUSH}{looked.public_id}/", follow=True).text
        do_jobs()
        pushed = Push.objects.get(is_dry_run=False)
        assert f'href="{pushed.url}"' in as_admin.get(PAGE).text
        assert (pushed.created_by, hub.calls.count("commit")) == (adam, 1)

    def test_is_told_why_it_would_be_refused(self, as_admin, hub, release, settings):
        settings.HF_TOKEN = ""
        as_admin.post(PUSH, {"repo_id": "flock/pairs"})
        do_jobs()
        page = as_admin.get(PAGE).text
        assert "A push to flock/pairs would be refused" in page
        assert "HF_TOKEN is not set" in page
        assert f"{PUSH}{Push.objects.get().public_id}/" not in page

    @pytest.mark.parametrize("repo_id", ["", "pairs", "../pairs", "a--b/c"])
    def test_is_told_beside_the_field_what_a_repository_is_called(self, as_admin, release, repo_id):
        form = as_admin.post(PUSH, {"repo_id": repo_id}, follow=True).context["push"]["form"]
        assert form["repo_id"].value() == repo_id
        assert form.errors == {"repo_id": ["Write it as ORG/NAME, such as my-company/swifts."]}
        assert not Push.objects.exists()

    def test_sees_how_far_it_is_without_reloading(self, as_admin, release):
        as_admin.post(PUSH, {"repo_id": "flock/pairs"})
        assert "hx-get" in as_admin.get(PUSH, headers=FRAGMENT).text
        assert "<html" not in as_admin.get(PUSH, headers=FRAGMENT).text
        assert as_admin.get(PUSH).status_code == 302

    def test_may_not_push_what_nobody_looked_at(self, as_admin, release):
        address = f"{PUSH}5f6d2c1e-0000-4000-8000-000000000001/"
        assert as_admin.post(address).status_code == 404


class TestOthers:
    @pytest.mark.parametrize("who", ["alice", "rita"])
    def test_may_neither_look_nor_push(self, client, people, release, who):
        client.force_login(getattr(people, who))
        assert client.get(PUSH, headers=FRAGMENT).status_code == 403
        assert client.post(PUSH, {"repo_id": "flock/pairs"}).status_code == 403
        assert "On the hub" not in client.get(PAGE).text
        assert not Push.objects.exists()

    def test_must_sign_in(self, client, release):
        assert client.post(PUSH, {"repo_id": "flock/pairs"}).status_code == 302
        assert "On the hub" not in client.get(PAGE).text


class TestAModel:
    @pytest.fixture
    def tuned(self, release, adam, folders):
        return make_model(release, adam)

    def test_is_looked_at_first_and_then_pushed(self, as_admin, adam, hub, tuned):
        url = f"/runs/{tuned.public_id}/model/"
        page = as_admin.post(f"{url}push/", {"repo_id": "flock/tiny"}, follow=True)
        assert "Asking the hub what it holds at flock/tiny" in page.text
        do_jobs()
        looked = Push.objects.get()
        page = as_admin.get(url)
        assert [
            name in page.text for name in ("model.safetensors", "flock.json", "flock/tiny was looked at")
        ] == [True] * 3
        assert "commit" not in hub.calls
        as_admin.post(f"{url}push/{looked.public_id}/")
        do_jobs()
        pushed = Push.objects.get(is_dry_run=False)
        assert (pushed.state, pushed.created_by, hub.kinds) == ("done", adam, {"flock/tiny": "model"})
        assert f'href="{pushed.url}"' in as_admin.get(url).text

    def test_is_told_why_it_is_refused(self, as_admin, hub, tuned):
        (RunFolder(tuned).model / "pytorch_model.bin").write_bytes(b"x")
        url = f"/runs/{tuned.public_id}/model/"
        as_admin.post(f"{url}push/", {"repo_id": "flock/tiny"})
        do_jobs()
        assert "pytorch_model.bin is no safetensors and no text" in as_admin.get(url).text

    def test_is_pushed_once_at_a_time(self, as_admin, hub, tuned):
        url = f"/runs/{tuned.public_id}/model/push/"
        for _ in range(2):
            page = as_admin.post(url, {"repo_id": "flock/tiny"}, follow=True)
        assert ("A push of this model is under way." in page.text, Push.objects.count()) == (True, 1)

    def test_of_somebody_elses_look_is_not_sent(self, as_admin, hub, release, tuned):
        as_admin.post(PUSH, {"repo_id": "flock/pairs"})
        do_jobs()
        looked = Push.objects.get()
        sent = as_admin.post(f"/runs/{tuned.public_id}/model/push/{looked.public_id}/")
        assert (sent.status_code, Push.objects.count()) == (404, 1)

    def test_is_for_admins(self, client, rita, tuned):
        client.force_login(rita)
        url = f"/runs/{tuned.public_id}/model/push/"
        assert (client.get(url).status_code, client.post(url, {"repo_id": "a/b"}).status_code) == (403, 403)
        assert Push.objects.count() == 0
