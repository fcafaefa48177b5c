"""A release whose files on the disk are not those that were cut: it never gets to a hub, and nothing there is called it."""

import pytest
from django.core.management import call_command

from crowd.management.base import Refusal
from crowd.services import jobs
from exports.services import pushes
from exports.services.hub_repo import NotPushed
from exports.services.release_folder import BrokenRelease, place
from tests.support import fake_hub
from tests.support.damage import PATHS, folder_of
from tests.support.factories import NOW
from tests.support.hub import OF_THE_HUB, REPO, on_the_hub, push, sends_large_files
from tests.support.releases import make_approved, make_release

pytestmark = [pytest.mark.django_db, sends_large_files]

LISTED = [path for path in PATHS if path != "manifest.json"]


@pytest.fixture
def release(contributions):
    return make_release()


def change(path):
    """Change one byte of a file, and leave its size."""
    target = place("1.0.0") / path
    content = target.read_bytes()
    target.write_bytes(content[:-2] + bytes([content[-2] ^ 1]) + content[-1:])


class TestAFileThatWasDamagedBefore:
    @pytest.mark.parametrize("large_from_bytes", [1, 10**9])
    @pytest.mark.parametrize("path", LISTED)
    def test_is_named_and_the_hub_is_not_even_asked(self, hub, release, monkeypatch, path, large_from_bytes):
        monkeypatch.setattr(fake_hub, "LFS_FROM_BYTES", large_from_bytes)
        change(path)
        with pytest.raises(BrokenRelease, match=f"^{path} is not what the manifest says$"):
            push(release)
        assert hub.calls == []

    @pytest.mark.parametrize("path", LISTED)
    def test_is_named_where_it_is_missing(self, hub, release, path):
        (place("1.0.0") / path).unlink()
        with pytest.raises(BrokenRelease, match=f"^{path} cannot be read$"):
            push(release)
        assert hub.calls == []

    @pytest.mark.parametrize("options", [[], ["--dry-run"]])
    def test_is_told_at_the_terminal(self, hub, release, options):
        change("README.md")
        with pytest.raises(Refusal, match=r"^Release 1\.0\.0 is not pushed: README\.md is not what"):
            call_command("push_release", "1.0.0", "--repo-id", REPO, *options)
        assert hub.calls == []

    def test_is_told_on_the_page(self, hub, release, adam):
        change("README.md")
        looked = pushes.look(release, repo_id=REPO, person=adam, now=NOW)
        jobs.run(pushes.job_of(looked).pk, 0, owner="worker:1", clock=lambda: NOW)
        looked.refresh_from_db()
        assert (looked.state, looked.message) == ("refused", "README.md is not what the manifest says")


class TestAFileThatIsDamagedMeanwhile:
    """After it was proved, and before it is sent."""

    @pytest.fixture
    def second(self, hub, release, alice):
        push(release)
        make_approved(alice)
        return make_release("1.1.0")

    def damage(self, hub, act):
        hub.before["tree"] = lambda: act(place("1.1.0") / "README.md")

    def test_is_not_sent(self, hub, release, second):
        self.damage(hub, lambda file: file.write_bytes(b"Another card.\n"))
        with pytest.raises(NotPushed, match=r"^README\.md has changed since it was looked at\."):
            push(second)
        assert (hub.files(REPO), list(hub.tags[REPO])) == (on_the_hub(release), ["v1.0.0"])

    def test_is_no_fault_of_the_hubs(self, hub, release, second):
        self.damage(hub, lambda file: file.unlink())
        with pytest.raises(
            NotPushed, match=r"^README\.md cannot be read here \(No such file or directory\)\."
        ):
            push(second)
        assert (hub.files(REPO), list(hub.tags[REPO])) == (on_the_hub(release), ["v1.0.0"])


def test_a_whole_release_is_pushed_after_one_that_was_mended(hub, release):
    whole = (place("1.0.0") / "README.md").read_bytes()
    change("README.md")
    with pytest.raises(BrokenRelease):
        push(release)
    (place("1.0.0") / "README.md").write_bytes(whole)
    push(release)
    assert hub.files(REPO) == OF_THE_HUB | folder_of(place("1.0.0"))
