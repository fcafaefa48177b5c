"""The job of a cut: what a crash leaves behind, and what becomes of one that was cancelled."""

import pytest

from crowd.models import Event, Job
from crowd.services import jobs, sweeper
from exports import queries
from exports.domain.release import Choice, IllegalMove
from exports.models import Release
from exports.services import release as releases
from exports.services import release_files, release_folder
from exports.services.release_folder import place
from tests.support.factories import NOW
from tests.support.releases import AFTER_THE_LEASE, Crash, make_release, run_job, visible

pytestmark = pytest.mark.django_db


class TestCrash:
    @pytest.mark.parametrize(
        "failpoint", ["Folder.add", "Folder.seal", "Folder.move_to", "sync", "Folder.writing", "sweep"]
    )
    def test_leaves_nothing_and_the_next_attempt_succeeds(self, contributions, monkeypatch, failpoint):
        release = releases.cut("1.0.0", Choice(), now=NOW)
        owner = getattr(release_folder, failpoint.split(".")[0]) if "." in failpoint else release_folder

        def crash(*args, **kwargs):
            raise Crash

        with monkeypatch.context() as patched:
            patched.setattr(owner, failpoint.split(".")[-1], crash)
            with pytest.raises(Crash):
                run_job(release)
        assert visible() == []
        sweeper.sweep(now=AFTER_THE_LEASE)
        assert run_job(release, now=AFTER_THE_LEASE)
        assert visible() == ["1.0.0"]

    def test_after_the_rename_is_made_good(self, contributions, monkeypatch):
        release = releases.cut("1.0.0", Choice(), now=NOW)
        move_to = release_folder.Folder.move_to

        def crash(folder, target):
            move_to(folder, target)
            raise Crash

        with monkeypatch.context() as patched:
            patched.setattr(release_folder.Folder, "move_to", crash)
            with pytest.raises(Crash):
                run_job(release)
        release.refresh_from_db()
        assert release.state == "cutting"
        sweeper.sweep(now=AFTER_THE_LEASE)
        assert run_job(release, now=AFTER_THE_LEASE)
        assert visible() == ["1.0.0"]
        release.refresh_from_db()
        assert release_folder.manifest_of(release).counts["records"] == 3

    def test_a_full_disk_fails_the_cut_and_frees_the_version(self, contributions, monkeypatch):
        def full(*args):
            raise OSError(28, "No space left on device")

        with monkeypatch.context() as patched:
            patched.setattr(release_folder, "sync", full)
            release = make_release()
        assert (release.state, visible()) == ("failed", [])
        assert release.problems[0]["reason"].startswith("there is no room for its files under ")
        assert make_release().state == "ready"

    def test_of_all_attempts_fails_the_release(self, contributions, monkeypatch):
        release = releases.cut("1.0.0", Choice(), now=NOW)
        job = queries.cut_job(release)
        Job.objects.filter(pk=job.pk).update(attempt=job.max_attempts - 1)
        monkeypatch.setattr(release_files, "write", lambda *args, **kwargs: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            run_job(release)
        release.refresh_from_db()
        assert release.state == "failed"

    def test_a_cut_begun_anew_is_not_finished_by_the_old_job(self, contributions, monkeypatch):
        release = releases.cut("1.0.0", Choice(), now=NOW)
        old = queries.cut_job(release)
        lease = jobs.claim(old.pk, 0, owner="elsewhere:1", clock=lambda: NOW)
        again = releases.cut("1.0.0", Choice(categories=("closed_qa",)), now=AFTER_THE_LEASE)
        assert jobs.do(lease)
        again.refresh_from_db()
        assert (again.state, again.cut_number) == ("cutting", 2)
        assert run_job(again, now=AFTER_THE_LEASE)
        again.refresh_from_db()
        assert again.counts["records"] == 1


class TestCancelling:
    def test_a_cut_that_waits_leaves_its_job_nothing_to_do(self, contributions, adam):
        release = releases.cut("1.0.0", Choice(), now=NOW)
        releases.cancel(release, person=adam, now=NOW)
        assert run_job(release)
        release.refresh_from_db()
        assert (release.state, release.problems[0]["reason"]) == ("failed", "it was cancelled")
        assert Event.objects.about("release", "1.0.0").last().actor == adam
        assert not place("1.0.0").exists()

    @pytest.mark.parametrize("step", ["add", "seal"])
    def test_a_cut_that_is_being_written_stops_it(self, contributions, monkeypatch, step):
        release = releases.cut("1.0.0", Choice(), now=NOW)
        original = getattr(release_folder.Folder, step)

        def cancelled_meanwhile(folder, *args):
            if Release.objects.get().state == "cutting":
                releases.cancel(Release.objects.get(), now=NOW)
            return original(folder, *args)

        monkeypatch.setattr(release_folder.Folder, step, cancelled_meanwhile)
        assert run_job(release)
        assert (Release.objects.get().state, visible()) == ("failed", [])
        assert queries.cut_job(release).state == "done"

    def test_frees_the_version(self, contributions):
        releases.cancel(releases.cut("1.0.0", Choice(), now=NOW), now=NOW)
        assert make_release().state == "ready"

    def test_comes_too_late_for_a_release_that_is_ready(self, contributions):
        with pytest.raises(IllegalMove):
            releases.cancel(make_release(), now=NOW)
