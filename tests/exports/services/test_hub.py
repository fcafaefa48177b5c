import pytest

from crowd.models import Event
from exports.domain.release import Choice, IllegalMove
from exports.services import hub_push, signing
from exports.services import release as releases
from exports.services.hub import parcel_of
from exports.services.hub_repo import NotPushed
from exports.services.release_folder import place
from tests.support import fake_hub
from tests.support.damage import folder_of
from tests.support.factories import NOW
from tests.support.hub import OF_THE_HUB, REPO, on_the_hub, push, sends_large_files
from tests.support.releases import make_approved, make_release
from tests.support.signatures import Key

pytestmark = [pytest.mark.django_db, sends_large_files]


@pytest.fixture
def release(contributions):
    return make_release()


class TestPushing:
    def test_makes_one_commit_of_every_file_and_tags_it(self, hub, release):
        pushed = push(release)
        assert hub.files(REPO) == on_the_hub(release)
        assert hub.tags[REPO] == {"v1.0.0": pushed.commit}
        assert hub.calls.count("commit") == 1

    def test_makes_the_card_the_repositorys_page(self, hub, release):
        push(release)
        assert hub.files(REPO)["README.md"] == (place("1.0.0") / "README.md").read_bytes()

    def test_is_recorded_once(self, hub, release):
        pushed = push(release)
        push(release)
        (event,) = Event.objects.about("release", "1.0.0").filter(action="push")
        assert pushed.commit in event.data

    def test_takes_the_signature_along(self, hub, release):
        signing.attach(release, Key().sign(signing.manifest_bytes(release)), now=NOW)
        push(release)
        assert hub.files(REPO)["manifest.json.sig"] == signing.current(release).content

    def test_sends_large_files_by_lfs(self, hub, release, monkeypatch):
        monkeypatch.setattr(fake_hub, "LFS_FROM_BYTES", 2_000)
        push(release)
        sent = {path for path, content in folder_of(place("1.0.0")).items() if len(content) >= 2_000}
        assert hub.files(REPO) == on_the_hub(release)
        assert (hub.calls.count("upload"), len(sent)) == (len(sent), len(hub.large))
        assert "LICENSE" in sent

    def test_a_second_release_replaces_the_first(self, hub, release, alice):
        push(release)
        make_approved(alice)
        second = make_release("1.1.0")
        push(second)
        assert sorted(hub.tags[REPO]) == ["v1.0.0", "v1.1.0"]
        assert hub.files(REPO) == on_the_hub(second)

    def test_takes_files_that_the_release_no_longer_has_off_main(self, hub, release):
        push(release)
        hub.commit(REPO, {"data/test.jsonl": b"{}\n"})
        second = make_release("1.1.0")
        push(second)
        assert hub.files(REPO) == on_the_hub(second)

    def test_needs_a_ready_release(self, hub, release):
        with pytest.raises(IllegalMove):
            push(releases.cut("2.0.0", Choice(), now=NOW))


class TestWhoSeesIt:
    def test_an_unpublished_release_goes_to_a_private_repository(self, hub, release):
        push(release)
        assert hub.private == {REPO: True}

    def test_a_published_one_to_a_public_one(self, hub, release):
        releases.publish(release, now=NOW)
        push(release)
        assert hub.private == {REPO: False}

    def test_an_unpublished_release_is_never_put_into_a_public_one(self, hub, release):
        hub.create(REPO, private=False)
        with pytest.raises(NotPushed, match="is public, and release 1.0.0 is not published"):
            push(release)
        assert hub.files(REPO) == OF_THE_HUB


class TestAgain:
    def test_changes_nothing_and_says_so(self, hub, release):
        first, again = push(release), push(release)
        assert (again.is_new, again.commit) == (False, first.commit)
        assert hub.calls.count("commit") == 1

    def test_after_a_later_release_leaves_main_alone(self, hub, release):
        push(release)
        later = make_release("1.1.0")
        push(later)
        assert push(release).is_new is False
        assert hub.files(REPO) == on_the_hub(later)

    def test_after_it_was_signed_is_still_the_same_release(self, hub, release):
        push(release)
        signing.attach(release, Key().sign(signing.manifest_bytes(release)), now=NOW)
        assert push(release).is_new is False

    def test_under_a_tag_that_is_another_release_is_refused(self, hub, release):
        hub.create(REPO, private=True)
        hub.tags[REPO]["v1.0.0"] = hub.heads[REPO]
        with pytest.raises(NotPushed, match="it is another release"):
            push(release)
        assert hub.files(REPO) == OF_THE_HUB

    def test_under_a_tag_where_one_byte_differs_is_refused(self, hub, release):
        push(release)
        changed = hub.files(REPO)["LICENSE"].replace(b"a", b"b", 1)
        hub.tags[REPO]["v1.0.0"] = hub.commit(REPO, {"LICENSE": changed})
        with pytest.raises(NotPushed, match="it is another release"):
            push(release)


class TestLookingFirst:
    def preview(self, release):
        return hub_push.preview(parcel_of(release), repo_id=REPO)

    def test_says_that_the_repository_would_be_made(self, hub, release):
        assert self.preview(release) == hub_push.Preview((), "It would be made.")

    def test_says_what_would_leave_main(self, hub, release):
        push(release)
        hub.commit(REPO, {"data/test.jsonl": b"{}\n"})
        found = self.preview(make_release("1.1.0"))
        assert found == hub_push.Preview(("data/test.jsonl",), f"Its main is at {hub.heads[REPO]}.")

    def test_says_that_the_release_is_there(self, hub, release):
        push(release)
        assert "It holds the release already" in self.preview(release).found

    def test_changes_nothing(self, hub, release):
        push(release)
        start = len(hub.calls)
        self.preview(make_release("1.1.0"))
        assert set(hub.calls[start:]) <= {"info", "refs", "tree"}
