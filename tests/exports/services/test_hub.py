import pytest

from crowd.models import Event
from exports.domain.release import Choice, IllegalMove
from exports.domain.repo_id import is_repo_id
from exports.services import hub, hub_push, signing
from exports.services import release as releases
from exports.services.hub_repo import LONGEST_WAIT_SECONDS, NotPushed
from exports.services.release_folder import place
from tests.support import fake_hub
from tests.support.damage import folder_of
from tests.support.factories import NOW
from tests.support.fake_hub import TOKEN, Fault, serving
from tests.support.releases import make_approved, make_release
from tests.support.signatures import Key

pytestmark = [
    pytest.mark.django_db,
    # huggingface_hub 2.4.0 sends large files in a way that httpx2 deprecates (last needed 2026-11).
    pytest.mark.filterwarnings("ignore:Use 'content=<...>' to upload:DeprecationWarning"),
]

REPO = "flock/pairs"
OF_THE_HUB = {".gitattributes": b""}


@pytest.fixture(autouse=True)
def patient_client(monkeypatch):
    """The client's own pauses between tries, taken out of the tests."""
    monkeypatch.setattr("huggingface_hub.utils._http.time.sleep", lambda _seconds: None)


@pytest.fixture
def fake(settings):
    with serving() as fake:
        settings.HF_ENDPOINT, settings.HF_TOKEN = fake.url, TOKEN
        yield fake


@pytest.fixture
def release(contributions):
    return make_release()


def push(release, wait=lambda _seconds: None):
    return hub_push.push(hub.parcel_of(release), repo_id=REPO, now=NOW, wait=wait)


def on_the_hub(release):
    return OF_THE_HUB | folder_of(place(release.version))


class TestPushing:
    def test_makes_one_commit_of_every_file_and_tags_it(self, fake, release):
        pushed = push(release)
        assert fake.files(REPO) == on_the_hub(release)
        assert fake.tags[REPO] == {"v1.0.0": pushed.commit}
        assert fake.calls.count("commit") == 1

    def test_makes_the_card_the_repositorys_page(self, fake, release):
        push(release)
        assert fake.files(REPO)["README.md"] == (place("1.0.0") / "README.md").read_bytes()

    def test_is_recorded_once(self, fake, release):
        pushed = push(release)
        push(release)
        (event,) = Event.objects.about("release", "1.0.0").filter(action="push")
        assert pushed.commit in event.data

    def test_takes_the_signature_along(self, fake, release):
        signing.attach(release, Key().sign(signing.manifest_bytes(release)), now=NOW)
        push(release)
        assert fake.files(REPO)["manifest.json.sig"] == signing.current(release).content

    def test_sends_large_files_by_lfs(self, fake, release, monkeypatch):
        monkeypatch.setattr(fake_hub, "LFS_FROM_BYTES", 2_000)
        push(release)
        sent = {path for path, content in folder_of(place("1.0.0")).items() if len(content) >= 2_000}
        assert fake.files(REPO) == on_the_hub(release)
        assert (fake.calls.count("upload"), len(sent)) == (len(sent), len(fake.large))
        assert "LICENSE" in sent

    def test_a_second_release_replaces_the_first(self, fake, release, alice):
        push(release)
        make_approved(alice)
        second = make_release("1.1.0")
        push(second)
        assert sorted(fake.tags[REPO]) == ["v1.0.0", "v1.1.0"]
        assert fake.files(REPO) == on_the_hub(second)

    def test_takes_files_that_the_release_no_longer_has_off_main(self, fake, release):
        push(release)
        fake.commit(REPO, {"data/test.jsonl": b"{}\n"})
        second = make_release("1.1.0")
        push(second)
        assert fake.files(REPO) == on_the_hub(second)

    def test_needs_a_ready_release(self, fake, release):
        with pytest.raises(IllegalMove):
            push(releases.cut("2.0.0", Choice(), now=NOW))


class TestWhoSeesIt:
    def test_an_unpublished_release_goes_to_a_private_repository(self, fake, release):
        push(release)
        assert fake.private == {REPO: True}

    def test_a_published_one_to_a_public_one(self, fake, release):
        releases.publish(release, now=NOW)
        push(release)
        assert fake.private == {REPO: False}

    def test_an_unpublished_release_is_never_put_into_a_public_one(self, fake, release):
        fake.create(REPO, private=False)
        with pytest.raises(NotPushed, match="is public, and release 1.0.0 is not published"):
            push(release)
        assert fake.files(REPO) == OF_THE_HUB


class TestAgain:
    def test_changes_nothing_and_says_so(self, fake, release):
        first, again = push(release), push(release)
        assert (again.is_new, again.commit) == (False, first.commit)
        assert fake.calls.count("commit") == 1

    def test_after_a_later_release_leaves_main_alone(self, fake, release):
        push(release)
        later = make_release("1.1.0")
        push(later)
        assert push(release).is_new is False
        assert fake.files(REPO) == on_the_hub(later)

    def test_after_it_was_signed_is_still_the_same_release(self, fake, release):
        push(release)
        signing.attach(release, Key().sign(signing.manifest_bytes(release)), now=NOW)
        assert push(release).is_new is False

    def test_under_a_tag_that_is_another_release_is_refused(self, fake, release):
        fake.create(REPO, private=True)
        fake.tags[REPO]["v1.0.0"] = fake.heads[REPO]
        with pytest.raises(NotPushed, match="it is another release"):
            push(release)
        assert fake.files(REPO) == OF_THE_HUB

    def test_under_a_tag_where_one_byte_differs_is_refused(self, fake, release):
        push(release)
        changed = fake.files(REPO)["LICENSE"].replace(b"a", b"b", 1)
        fake.tags[REPO]["v1.0.0"] = fake.commit(REPO, {"LICENSE": changed})
        with pytest.raises(NotPushed, match="it is another release"):
            push(release)


class TestFaults:
    """Whatever goes wrong with whichever request: main is the old release or the new one, and pushing again ends well."""

    FAULTS = {
        "refused": Fault(500),
        "done, but says no": Fault(500, is_done=True),
        "cut off before": Fault(),
        "cut off after": Fault(is_done=True),
    }

    @pytest.fixture
    def second(self, fake, release, alice, monkeypatch):
        """The second release, large enough for LFS, where the first is on the hub."""
        monkeypatch.setattr(fake_hub, "LFS_FROM_BYTES", 2_000)
        push(release)
        make_approved(alice)
        return make_release("1.1.0")

    @pytest.mark.parametrize("kind", FAULTS)
    def test_at_every_request_leave_main_whole(self, fake, release, second, kind):
        old, new = on_the_hub(release), on_the_hub(second)
        before, start = fake.heads[REPO], len(fake.calls)
        steps = self._steps(fake, second)
        assert {"info", "refs", "tree", "preupload", "batch", "upload", "commit", "tag"} <= set(steps)
        for number in range(1, len(steps) + 1):
            fake.heads[REPO], fake.tags[REPO] = before, {"v1.0.0": before}
            fake.large.clear()
            fake.fault_at = {len(fake.calls) + number: self.FAULTS[kind]}
            try:
                push(second)
            except NotPushed:
                assert fake.files(REPO) in (old, new), (kind, steps[number - 1])
                push(second)
            assert fake.files(REPO) == new
            assert fake.tags[REPO] == {"v1.0.0": before, "v1.1.0": fake.heads[REPO]}
            assert fake.history(REPO)[1] == before, "one commit, and no more"
        assert start < len(fake.calls)

    def _steps(self, fake, release):
        start = len(fake.calls)
        push(release)
        return fake.calls[start:]

    def test_a_commit_that_was_done_but_says_no_is_done(self, fake, release):
        fake.faults["commit"] = Fault(500, is_done=True)
        assert push(release).is_new
        assert fake.tags[REPO] == {"v1.0.0": fake.heads[REPO]}

    def test_a_tag_that_was_done_but_says_no_is_done(self, fake, release):
        fake.faults["tag"] = Fault(500, is_done=True)
        assert push(release).is_new
        assert fake.calls.count("tag") == 1

    def test_a_large_file_that_is_there_is_not_sent_again(self, fake, release, monkeypatch):
        monkeypatch.setattr(fake_hub, "LFS_FROM_BYTES", 2_000)
        fake.faults["commit"] = Fault(400)
        with pytest.raises(NotPushed):
            push(release)
        sent = fake.calls.count("upload")
        push(release)
        assert fake.calls.count("upload") == sent > 0


class TestAHeadThatMoved:
    def test_is_never_overwritten(self, fake, release):
        push(release)
        fake.before["commit"] = lambda: fake.commit(REPO, {"theirs.md": b"mine"})
        with pytest.raises(NotPushed, match="has changed meanwhile"):
            push(make_release("1.1.0"))
        assert fake.files(REPO) == on_the_hub(release) | {"theirs.md": b"mine"}
        assert list(fake.tags[REPO]) == ["v1.0.0"]

    def test_to_this_very_release_is_a_push_that_is_done(self, fake, release):
        fake.before["commit"] = lambda: fake.commit(REPO, folder_of(place("1.0.0")))
        push(release)
        assert fake.tags[REPO] == {"v1.0.0": fake.heads[REPO]}


class TestABusyHub:
    @pytest.mark.parametrize("step", ["create", "commit", "tag"])
    def test_is_asked_again_after_the_time_it_names(self, fake, release, step):
        fake.faults[step] = Fault(429, headers={"Retry-After": "7"})
        pauses = []
        push(release, wait=pauses.append)
        assert pauses == [7]
        assert fake.files(REPO) == on_the_hub(release)

    def test_is_not_waited_for_for_long(self, fake, release):
        fake.faults["commit"] = Fault(429, headers={"Retry-After": str(LONGEST_WAIT_SECONDS + 1)})
        with pytest.raises(NotPushed, match="is busy"):
            push(release)
        assert fake.files(REPO) == OF_THE_HUB


class TestRefusals:
    @pytest.mark.parametrize(
        ("step", "status", "words"),
        [
            ("create", 403, "may not write"),
            ("commit", 403, "may not write"),
            ("batch", 403, "may not write"),
            ("commit", 412, "has changed meanwhile"),
            ("commit", 400, "answered with 400"),
        ],
    )
    def test_are_told_in_plain_words(self, fake, release, monkeypatch, step, status, words):
        monkeypatch.setattr(fake_hub, "LFS_FROM_BYTES", 2_000)
        fake.faults[step] = Fault(status)
        with pytest.raises(NotPushed, match=words):
            push(release)
        assert REPO not in fake.heads or fake.files(REPO) == OF_THE_HUB
        assert not Event.objects.filter(action="push").exists()

    def test_a_repository_of_something_else_is_left_alone(self, fake, release):
        fake.create(REPO, private=True)
        fake.commit(REPO, {"photos.zip": b"PK"})
        with pytest.raises(NotPushed, match="holds other things than releases, photos.zip for one"):
            push(release)
        assert fake.calls.count("commit") == 0

    def test_a_hub_that_leaves_files_out_gets_no_tag(self, fake, release):
        fake.ignored.add("LICENSE")
        with pytest.raises(NotPushed, match="left files out"):
            push(release)
        assert fake.tags[REPO] == {}

    def test_without_a_token_nobody_is_asked(self, fake, release, settings):
        settings.HF_TOKEN = ""
        with pytest.raises(NotPushed, match="HF_TOKEN is not set"):
            push(release)
        assert fake.calls == []

    def test_with_a_bad_token_says_so(self, fake, release, settings):
        settings.HF_TOKEN = "hf_other"
        with pytest.raises(NotPushed, match="does not know HF_TOKEN"):
            push(release)

    def test_without_a_hub_says_so(self, release, settings):
        settings.HF_ENDPOINT, settings.HF_TOKEN = "http://127.0.0.1:9", TOKEN
        with pytest.raises(NotPushed, match="cannot be reached"):
            push(release)


class TestLookingFirst:
    def preview(self, release):
        return hub_push.preview(hub.parcel_of(release), repo_id=REPO)

    def test_says_that_the_repository_would_be_made(self, fake, release):
        assert self.preview(release) == hub_push.Preview((), "It would be made.")

    def test_says_what_would_leave_main(self, fake, release):
        push(release)
        fake.commit(REPO, {"data/test.jsonl": b"{}\n"})
        found = self.preview(make_release("1.1.0"))
        assert found == hub_push.Preview(("data/test.jsonl",), f"Its main is at {fake.heads[REPO]}.")

    def test_says_that_the_release_is_there(self, fake, release):
        push(release)
        assert "It holds the release already" in self.preview(release).found

    def test_changes_nothing(self, fake, release):
        push(release)
        start = len(fake.calls)
        self.preview(make_release("1.1.0"))
        assert set(fake.calls[start:]) <= {"info", "refs", "tree"}


class TestRepositoryNames:
    @pytest.mark.parametrize("name", ["flock/pairs", "a/b.c-d_e"])
    def test_are_org_and_name(self, name):
        assert is_repo_id(name)

    @pytest.mark.parametrize("name", ["", "pairs", "a/b/c", "../x", "a/..", "a b/c", "a/b--c"])
    def test_are_nothing_else(self, name):
        assert not is_repo_id(name)
