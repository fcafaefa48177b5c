import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from crowd.models import Event, Job, Source
from crowd.services import submission as submissions
from crowd.services.errors import Conflict
from exports.domain.release import Choice, IllegalMove
from exports.models import Release
from exports.services import release as releases
from exports.services.release_folder import BrokenRelease, place
from tests.support.damage import folder_of
from tests.support.factories import NOW, make_passage, make_source, make_submission
from tests.support.releases import make_approved, make_release, provenance, run_job, visible

pytestmark = pytest.mark.django_db


def contents(version):
    return folder_of(place(version))


class TestCutting:
    def test_makes_every_file_of_the_folder(self, contributions):
        release = make_release()
        assert release.state == "ready"
        assert sorted(contents("1.0.0")) == [
            "ATTRIBUTION.md",
            "LICENSE",
            "LICENSES/CC-BY-SA-4.0.txt",
            "README.md",
            "REUSE.toml",
            "croissant.json",
            "data/train.jsonl",
            "figures/categories.svg",
            "figures/decisions.svg",
            "figures/languages.svg",
            "figures/lengths.svg",
            "figures/passages.svg",
            "figures/quality.json",
            "manifest.json",
            "provenance.jsonl",
        ]

    def test_takes_the_approved_version_even_while_a_newer_one_is_checked(self, alice, rita):
        submission = make_approved(alice, rita)
        approved = submission.approved_version
        content = submissions.Content(
            approved.category, "Something else entirely, and new?", "A new and longer answer."
        )
        submissions.resubmit(submission, content, person=alice, now=NOW)
        assert list(make_release().records.values_list("version", flat=True)) == [approved.pk]

    def test_leaves_out_what_is_not_approved_or_was_withdrawn(self, alice, rita):
        kept = make_approved(alice, rita)
        for state in ("checking", "in_review", "returned", "rejected"):
            make_submission(alice, state=state)
        gone = make_approved(alice, rita)
        submissions.withdraw(gone, person=alice, now=NOW)
        assert list(make_release().records.values_list("submission", flat=True)) == [kept.pk]

    def test_orders_data_and_provenance_by_the_lines_hash(self, contributions):
        make_release()
        hashes = [told["sha256"] for told in provenance()]
        assert hashes == sorted(submission.current_version.sha256 for submission in contributions)

    def test_writes_who_did_it_into_the_history(self, contributions, adam):
        release = releases.cut("1.0.0", Choice(), person=adam, now=NOW)
        assert run_job(release)
        events = Event.objects.about("release", "1.0.0").values_list(
            "action", "actor", "from_state", "to_state"
        )
        assert list(events) == [("cut", adam.pk, "", "cutting"), ("finish", None, "cutting", "ready")]

    def test_follows_the_newest_release(self, contributions):
        make_release("1.0.0")
        assert make_release("1.1.0").parent.version == "1.0.0"

    def test_without_records_is_refused(self, db):
        with pytest.raises(releases.NothingToRelease):
            make_release()
        assert not Release.objects.exists()
        assert not Job.objects.exists()

    @pytest.mark.parametrize(
        ("version", "choice"),
        [
            ("v1.0.0", Choice()),
            ("../1.0.0", Choice()),
            ("1.0.0", Choice(categories=("poetry",))),
            ("1.0.0", Choice(without_sources=("dolly",))),
        ],
    )
    def test_of_something_unknown_is_refused(self, contributions, version, choice):
        with pytest.raises(releases.BadChoice):
            make_release(version, choice)

    def test_of_a_taken_version_is_refused(self, contributions):
        make_release()
        before = contents("1.0.0")
        with pytest.raises(Conflict, match="never changes"):
            make_release()
        assert contents("1.0.0") == before

    def test_of_a_version_that_is_being_cut_is_refused(self, contributions):
        releases.cut("1.0.0", Choice(), now=NOW)
        with pytest.raises(Conflict, match="being cut right now"):
            make_release()


class TestChoosing:
    def test_leaves_a_source_out_and_says_so(self, contributions):
        make_submission(
            source=make_source("alpaca", licence="CC-BY-NC-4.0", origin="model"), state="approved"
        )
        release = make_release(choice=Choice(without_sources=("alpaca",)))
        assert release.counts["sources"] == {"contributed": 3}
        assert "Records of these sources were left out: alpaca." in contents("1.0.0")["README.md"].decode()

    def test_takes_one_source_alone(self, contributions):
        make_submission(source=make_source(), state="approved")
        assert make_release(choice=Choice(sources=("dolly",))).counts["sources"] == {"dolly": 1}

    def test_takes_one_category_alone(self, contributions):
        assert make_release(choice=Choice(categories=("closed_qa",))).counts["categories"] == {"closed_qa": 1}

    def test_takes_an_older_licence_where_all_records_permit_it(self, db):
        make_submission(source=make_source(), state="approved")
        assert make_release(choice=Choice(licence="CC-BY-SA-3.0")).licence == "CC-BY-SA-3.0"


class TestRefusal:
    @pytest.fixture
    def refused(self, contributions):
        source = make_source("alpaca", licence="CC-BY-NC-4.0", origin="model")
        self.bad = {str(make_submission(source=source, state="approved").public_id) for _ in range(2)}
        return make_release()

    def test_lists_every_failing_record_and_leaves_nothing(self, refused):
        assert refused.state == "failed"
        assert {problem["id"] for problem in refused.problems} == self.bad
        assert {problem["rule"] for problem in refused.problems} == {"origin", "licence"}
        assert visible() == []

    def test_does_not_burn_the_version(self, refused):
        Source.objects.filter(name="alpaca").get().submissions.update(state="rejected")
        release = make_release()
        assert (release.state, release.cut_number, release.problems) == ("ready", 2, [])
        assert release.records.count() == 3

    def test_research_takes_them_with_licences_per_record(self, refused):
        release = make_release("1.0.0-research", Choice("research"))
        assert (release.state, release.licence) == ("ready", "other")

    def test_a_passage_without_its_revision_refuses(self, alice, rita):
        make_approved(alice, rita, category="closed_qa", passage=make_passage(revision_id=0))
        assert [problem["rule"] for problem in make_release().problems] == ["passage.revision"]


class TestPublishing:
    def test_is_recorded(self, contributions, adam):
        release = make_release()
        releases.publish(release, person=adam, now=NOW)
        assert Release.objects.published().get().published_by == adam
        assert Event.objects.about("release", "1.0.0").last().action == "publish"

    def test_twice_is_refused(self, contributions):
        release = make_release(published=True)
        with pytest.raises(Conflict):
            releases.publish(release, now=NOW)

    def test_needs_a_ready_release(self, contributions):
        release = releases.cut("1.0.0", Choice(), now=NOW)
        with pytest.raises(IllegalMove):
            releases.publish(release, now=NOW)


class TestExporting:
    def test_gives_every_file_byte_for_byte(self, contributions, tmp_path):
        releases.export(make_release(), tmp_path / "out")
        assert folder_of(tmp_path / "out") == contents("1.0.0")

    def test_refuses_a_folder_that_holds_something(self, contributions, tmp_path):
        (tmp_path / "mine.txt").write_text("mine")
        with pytest.raises(releases.BadChoice):
            releases.export(make_release(), tmp_path)

    @pytest.mark.parametrize("name", ["manifest.json", "data/train.jsonl", "LICENSE"])
    def test_of_a_damaged_release_leaves_nothing(self, contributions, tmp_path, name):
        release = make_release()
        with (place("1.0.0") / name).open("ab") as file:
            file.write(b"x")
        with pytest.raises(BrokenRelease):
            releases.export(release, tmp_path / "out")
        assert not list((tmp_path / "out").glob("*"))


class TestSameRecords:
    def test_give_the_same_bytes(self, contributions):
        make_release("1.0.0")
        make_release("1.0.1")
        assert contents("1.0.0")["data/train.jsonl"] == contents("1.0.1")["data/train.jsonl"]

    def test_cut_at_the_same_time_under_the_same_name_give_the_same_folder(
        self, contributions, settings, tmp_path
    ):
        make_release()
        before = contents("1.0.0")
        Release.objects.all().delete()
        settings.RELEASES_DIR = tmp_path / "again"
        make_release()
        assert contents("1.0.0") == before


class TestQueries:
    def test_do_not_grow_with_the_records(self, alice, rita):
        counts = []
        for version in ("1.0.0", "1.1.0"):
            for _ in range(3):
                make_approved(alice, rita)
            with CaptureQueriesContext(connection) as captured:
                make_release(version)
            Release.objects.filter(version=version).update(state="failed")
            counts.append(len(captured))
        assert counts[0] == counts[1]
