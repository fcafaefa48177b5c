import pytest

from crowd.models import Event
from exports.domain.release import Choice, IllegalMove
from exports.services import hub
from exports.services import release as releases
from exports.services.release_folder import place
from tests.support.factories import NOW
from tests.support.fake_hub import TOKEN, serving
from tests.support.releases import make_contributions, make_release

pytestmark = pytest.mark.django_db

REPO = "flock/pairs"


@pytest.fixture
def fake(settings, monkeypatch):
    with serving() as fake:
        settings.HF_ENDPOINT, settings.HF_TOKEN = fake.url, TOKEN
        yield fake


@pytest.fixture
def release(alice, rita):
    make_contributions(alice, rita)
    return make_release()


def push(release):
    return hub.push(release, repo_id=REPO, now=NOW)


def folder_of(version):
    folder = place(version)
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


class TestPushing:
    def test_makes_one_commit_of_every_file_and_tags_it(self, fake, release):
        pushed = push(release)
        assert fake.files(REPO) == {".gitattributes": b"", **folder_of("1.0.0")}
        assert fake.tags[REPO] == {"v1.0.0": pushed.commit}
        assert fake.calls.count("commit") == 1

    def test_is_recorded(self, fake, release):
        push(release)
        assert Event.objects.about("release", "1.0.0").last().action == "push"

    def test_keeps_an_unpublished_release_private(self, fake, release):
        push(release)
        assert fake.private == {REPO: True}

    def test_shows_a_published_one(self, fake, release):
        releases.publish(release, now=NOW)
        push(release)
        assert fake.private == {REPO: False}

    def test_a_second_release_replaces_the_first(self, fake, release):
        push(release)
        push(make_release("1.1.0"))
        assert sorted(fake.tags[REPO]) == ["v1.0.0", "v1.1.0"]
        assert fake.files(REPO)["manifest.json"] == folder_of("1.1.0")["manifest.json"]

    def test_again_changes_nothing(self, fake, release):
        first, again = push(release), push(release)
        assert (again.is_new, again.commit) == (False, first.commit)
        assert fake.calls.count("commit") == 1

    def test_needs_a_ready_release(self, fake, release):
        with pytest.raises(IllegalMove):
            push(releases.cut("2.0.0", Choice(), now=NOW))


class TestFailing:
    @pytest.mark.parametrize(
        ("step", "status", "words"),
        [
            ("create", 403, "may not write"),
            ("commit", 412, "has changed meanwhile"),
            ("commit", 400, "answered with 400"),
        ],
    )
    def test_says_why_and_leaves_main_as_it_was(self, fake, release, step, status, words):
        fake.fail_with[step] = status
        with pytest.raises(hub.NotPushed, match=words):
            push(release)
        assert "manifest.json" not in fake.files(REPO) if REPO in fake.heads else fake.commits

    def test_without_a_token_asks_nobody(self, fake, release, settings):
        settings.HF_TOKEN = ""
        with pytest.raises(hub.NotPushed, match="HF_TOKEN is not set"):
            push(release)
        assert fake.calls == []

    def test_with_a_bad_token_says_so(self, fake, release, settings):
        settings.HF_TOKEN = "hf_other"
        with pytest.raises(hub.NotPushed, match="does not know HF_TOKEN"):
            push(release)

    def test_without_a_hub_says_so(self, release, settings):
        settings.HF_ENDPOINT, settings.HF_TOKEN = "http://127.0.0.1:9", TOKEN
        with pytest.raises(hub.NotPushed, match="cannot be reached"):
            push(release)

    def test_a_lost_reply_is_made_good_by_pushing_again(self, fake, release):
        fake.lose_reply_of.add("commit")
        with pytest.raises(hub.NotPushed, match="answered with 500"):
            push(release)
        push(release)
        assert list(fake.tags[REPO]) == ["v1.0.0"]
        assert fake.calls.count("commit") == 1

    def test_a_lost_tag_is_made_good_by_pushing_again(self, fake, release):
        fake.fail_with["tag"] = 400
        with pytest.raises(hub.NotPushed):
            push(release)
        push(release)
        assert fake.tags[REPO] == {"v1.0.0": fake.heads[REPO]}

    def test_a_tag_on_something_else_is_refused(self, fake, release):
        push(make_release("1.1.0"))
        fake.tags[REPO]["v1.0.0"] = fake.heads[REPO]
        with pytest.raises(hub.NotPushed, match="it is another release"):
            push(release)


class TestRepositoryNames:
    @pytest.mark.parametrize("name", ["flock/pairs", "a/b.c-d_e"])
    def test_are_org_and_name(self, name):
        assert hub.is_repo_id(name)

    @pytest.mark.parametrize("name", ["", "pairs", "a/b/c", "../x", "a/..", "a b/c", "a/b--c"])
    def test_are_nothing_else(self, name):
        assert not hub.is_repo_id(name)
