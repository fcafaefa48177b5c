import pytest

from crowd.models import Event
from exports.services.hub_repo import LONGEST_WAIT_SECONDS, NotPushed
from exports.services.release_folder import place
from tests.support import fake_hub
from tests.support.damage import folder_of
from tests.support.fake_hub import TOKEN, Fault
from tests.support.hub import OF_THE_HUB, REPO, on_the_hub, push, sends_large_files
from tests.support.releases import make_approved, make_release

pytestmark = [pytest.mark.django_db, sends_large_files]


@pytest.fixture
def release(contributions):
    return make_release()


class TestFaults:
    """Whatever goes wrong with whichever request: main is the old release or the new one, and pushing again ends well."""

    FAULTS = {
        "refused": Fault(500),
        "done, but says no": Fault(500, is_done=True),
        "cut off before": Fault(),
        "cut off after": Fault(is_done=True),
    }

    @pytest.fixture
    def second(self, hub, release, alice, monkeypatch):
        """The second release, large enough for LFS, where the first is on the hub."""
        monkeypatch.setattr(fake_hub, "LFS_FROM_BYTES", 2_000)
        push(release)
        make_approved(alice)
        return make_release("1.1.0")

    @pytest.mark.parametrize("kind", FAULTS)
    def test_at_every_request_leave_main_whole(self, hub, release, second, kind):
        old, new = on_the_hub(release), on_the_hub(second)
        before = hub.heads[REPO]
        steps = self._steps(hub, second)
        assert {"info", "refs", "tree", "preupload", "batch", "upload", "commit", "tag"} <= set(steps)
        for number in range(1, len(steps) + 1):
            hub.heads[REPO], hub.tags[REPO] = before, {"v1.0.0": before}
            hub.large.clear()
            hub.fault_at = {len(hub.calls) + number: self.FAULTS[kind]}
            try:
                push(second)
            except NotPushed:
                assert hub.files(REPO) in (old, new), (kind, steps[number - 1])
                push(second)
            assert hub.files(REPO) == new
            assert hub.tags[REPO] == {"v1.0.0": before, "v1.1.0": hub.heads[REPO]}
            assert hub.history(REPO)[1] == before, "one commit, and no more"

    def _steps(self, hub, release):
        start = len(hub.calls)
        push(release)
        return hub.calls[start:]

    def test_a_commit_that_was_done_but_says_no_is_done(self, hub, release):
        hub.faults["commit"] = Fault(500, is_done=True)
        assert push(release).is_new
        assert hub.tags[REPO] == {"v1.0.0": hub.heads[REPO]}

    def test_a_tag_that_was_done_but_says_no_is_done(self, hub, release):
        hub.faults["tag"] = Fault(500, is_done=True)
        assert push(release).is_new
        assert hub.calls.count("tag") == 1

    def test_a_large_file_that_is_there_is_not_sent_again(self, hub, release, monkeypatch):
        monkeypatch.setattr(fake_hub, "LFS_FROM_BYTES", 2_000)
        hub.faults["commit"] = Fault(400)
        with pytest.raises(NotPushed):
            push(release)
        sent = hub.calls.count("upload")
        push(release)
        assert hub.calls.count("upload") == sent > 0


class TestAHeadThatMoved:
    def test_is_never_overwritten(self, hub, release):
        push(release)
        hub.before["commit"] = lambda: hub.commit(REPO, {"theirs.md": b"mine"})
        with pytest.raises(NotPushed, match="has changed meanwhile"):
            push(make_release("1.1.0"))
        assert hub.files(REPO) == on_the_hub(release) | {"theirs.md": b"mine"}
        assert list(hub.tags[REPO]) == ["v1.0.0"]

    def test_to_this_very_release_is_a_push_that_is_done(self, hub, release):
        hub.before["commit"] = lambda: hub.commit(REPO, folder_of(place("1.0.0")))
        push(release)
        assert hub.tags[REPO] == {"v1.0.0": hub.heads[REPO]}


class TestABusyHub:
    @pytest.mark.parametrize("step", ["create", "commit", "tag"])
    def test_is_asked_again_after_the_time_it_names(self, hub, release, step):
        hub.faults[step] = Fault(429, headers={"Retry-After": "7"})
        pauses = []
        push(release, wait=pauses.append)
        assert pauses == [7]
        assert hub.files(REPO) == on_the_hub(release)

    def test_is_not_waited_for_for_long(self, hub, release):
        hub.faults["commit"] = Fault(429, headers={"Retry-After": str(LONGEST_WAIT_SECONDS + 1)})
        with pytest.raises(NotPushed, match="is busy"):
            push(release)
        assert hub.files(REPO) == OF_THE_HUB


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
    def test_are_told_in_plain_words(self, hub, release, monkeypatch, step, status, words):
        monkeypatch.setattr(fake_hub, "LFS_FROM_BYTES", 2_000)
        hub.faults[step] = Fault(status)
        with pytest.raises(NotPushed, match=words):
            push(release)
        assert REPO not in hub.heads or hub.files(REPO) == OF_THE_HUB
        assert not Event.objects.filter(action="push").exists()

    def test_a_repository_of_something_else_is_left_alone(self, hub, release):
        hub.create(REPO, private=True)
        hub.commit(REPO, {"photos.zip": b"PK"})
        with pytest.raises(NotPushed, match="holds other things than releases, photos.zip for one"):
            push(release)
        assert hub.calls.count("commit") == 0

    def test_a_hub_that_leaves_files_out_gets_no_tag(self, hub, release):
        hub.ignored.add("LICENSE")
        with pytest.raises(NotPushed, match="left files out"):
            push(release)
        assert hub.tags[REPO] == {}

    def test_without_a_token_nobody_is_asked(self, hub, release, settings):
        settings.HF_TOKEN = ""
        with pytest.raises(NotPushed, match="HF_TOKEN is not set"):
            push(release)
        assert hub.calls == []

    def test_with_a_bad_token_says_so(self, hub, release, settings):
        settings.HF_TOKEN = "hf_other"
        with pytest.raises(NotPushed, match="does not know HF_TOKEN"):
            push(release)

    def test_without_a_hub_says_so(self, release, settings, patient_client):
        settings.HF_ENDPOINT, settings.HF_TOKEN = "http://127.0.0.1:9", TOKEN
        with pytest.raises(NotPushed, match="cannot be reached"):
            push(release)
