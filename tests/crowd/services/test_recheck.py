import pytest

from crowd.domain.recheck import State
from crowd.domain.wiki import UNVERIFIED
from crowd.models import CheckSet, Decision, Event, Finding, Job, LookAlike, Recheck, Submission, Version
from crowd.services import checks, duplicates, jobs, recheck
from crowd.services.errors import Conflict
from crowd.services.recheck import Choice
from tests.support.checks import begin, make_check, take_turn, use_checks, work
from tests.support.factories import NOW, make_passage, make_source, make_submission

TEXT = "A swift sleeps on the wing, and a swift drinks there too."


@pytest.fixture
def swifts(monkeypatch):
    """The only check: it looks for swifts."""
    use_checks(monkeypatch, make_check("swift"))


def rerun(**choice):
    return work(begin(**choice))


def found_in(submission):
    rows = Finding.objects.filter(version=submission.current_version).order_by("start")
    return list(rows.values_list("rule", "rule_version", "severity", "start", "end", "message"))


@pytest.mark.django_db
class TestBegin:
    def test_asks_for_the_texts_that_todays_checks_have_not_seen(self, alice, swifts):
        make_submission(alice)
        seen = make_submission(alice).current_version
        Version.objects.filter(pk=seen.pk).update(checked_with=checks.current_set(now=NOW))
        begun = begin()
        assert (begun.state, begun.job.kind, Job.objects.get().total) == (State.RUNNING, "recheck", 1)

    def test_asks_for_all_of_them_where_that_is_wanted(self, alice, swifts):
        make_submission(alice)
        rerun()
        begin(everything=True)
        assert Job.objects.order_by("id").last().total == 1

    def test_says_that_everything_is_up_to_date(self, alice, swifts):
        make_submission(alice)
        rerun()
        with pytest.raises(recheck.UpToDate):
            begin()
        assert Recheck.objects.count() == 1

    def test_refuses_a_second_one_beside_it(self, alice, swifts):
        make_submission(alice)
        begin()
        with pytest.raises(Conflict, match="already"):
            begin()
        assert (Recheck.objects.count(), Job.objects.count()) == (1, 1)

    def test_is_kept_in_the_history_with_its_choice(self, alice, adam, swifts):
        make_submission(alice)
        recheck.begin(Choice(look_alikes=True), person=adam, now=NOW)
        event = Event.objects.get()
        assert (event.subject_kind, event.action, event.actor) == ("recheck", "begin", adam)
        assert event.data == '{"everything":false,"look_alikes":true,"passages":false,"texts":1}'


@pytest.mark.django_db
class TestTheJob:
    def test_finds_in_an_old_text_what_a_new_check_looks_for(self, alice, swifts):
        submission = make_submission(alice, response=TEXT)
        done = rerun()
        assert found_in(submission) == [
            ("word.swift", 1, "warning", 2, 7, "Look at this."),
            ("word.swift", 1, "warning", 34, 39, "Look at this."),
        ]
        assert done.counts == {"word.swift": {"new": 2, "gone": 0, "changed": 0, "unchanged": 0}}
        assert (done.state, done.job.done, Event.objects.last().action) == (State.SUCCEEDED, 1, "succeed")

    def test_removes_what_is_found_no_more(self, alice, swifts, monkeypatch):
        submission = make_submission(alice, response=TEXT)
        rerun()
        use_checks(monkeypatch, make_check("wing"))
        assert rerun().counts == {
            "word.swift": {"new": 0, "gone": 2, "changed": 0, "unchanged": 0},
            "word.wing": {"new": 1, "gone": 0, "changed": 0, "unchanged": 0},
        }
        assert found_in(submission) == [("word.wing", 1, "warning", 22, 26, "Look at this.")]

    def test_a_finding_that_stands_stays_the_same_row(self, alice, swifts, monkeypatch):
        make_submission(alice, response=TEXT)
        rerun()
        rows = list(Finding.objects.values_list("pk", "found_at"))
        use_checks(monkeypatch, make_check("swift", version=2))
        assert rerun().counts == {"word.swift": {"new": 0, "gone": 0, "changed": 0, "unchanged": 2}}
        assert list(Finding.objects.values_list("pk", "found_at")) == rows
        assert set(Finding.objects.values_list("rule_version", flat=True)) == {2}

    def test_a_finding_can_become_graver(self, alice, swifts, monkeypatch):
        submission = make_submission(alice, response="One swift alone.")
        rerun()
        use_checks(monkeypatch, make_check("swift", version=2, severity="error", say="Remove it."))
        assert rerun().counts == {"word.swift": {"new": 0, "gone": 0, "changed": 1, "unchanged": 0}}
        assert found_in(submission) == [("word.swift", 2, "error", 4, 9, "Remove it.")]

    def test_leaves_states_and_decisions_to_people(self, alice, rita, monkeypatch):
        submission = make_submission(alice, response=TEXT, state="approved")
        version = submission.current_version
        decision = Decision.objects.create(
            submission=submission, version=version, reviewer=rita, decision="approve", created_at=NOW
        )
        use_checks(monkeypatch, make_check("swift", severity="error"))
        rerun()
        submission.refresh_from_db()
        decision.refresh_from_db()
        assert (submission.state, submission.approved_version, decision.version) == (
            "approved",
            version,
            version,
        )
        assert list(Event.objects.about("submission", submission.public_id)) == []

    def test_twice_is_once(self, alice, swifts):
        make_submission(alice, response=TEXT)
        done = rerun()
        Job.objects.update(state=Job.State.WAITING, finished_at=None)
        assert take_turn(done)
        assert (Finding.objects.count(), Event.objects.count(), done.counts) == (
            2,
            2,
            {"word.swift": {"new": 2, "gone": 0, "changed": 0, "unchanged": 0}},
        )

    def test_writes_down_with_which_checks(self, alice, swifts, monkeypatch):
        version = make_submission(alice).current_version
        rerun()
        version.refresh_from_db()
        assert version.checked_with.versions == {"word.swift": 1}
        use_checks(monkeypatch, make_check("swift", version=2))
        assert rerun().job.total == 1
        assert CheckSet.objects.count() == 2

    def test_asks_nothing_of_a_datasets_passages(self, swifts):
        source = make_source()
        passage = make_passage(wiki="import:dolly", revision_id=0, url="")
        submission = make_submission(source=source, category="closed_qa", passage=passage)
        rerun()
        assert found_in(submission) == []


@pytest.mark.django_db
class TestWhichTexts:
    @pytest.mark.parametrize(
        ("state", "total"),
        [("in_review", 1), ("returned", 1), ("approved", 1), ("rejected", 0), ("withdrawn", 0)],
    )
    def test_are_those_that_can_still_be_released(self, alice, swifts, state, total):
        make_submission(alice)
        make_submission(alice, state=state)
        assert Job.objects.get(pk=begin().job_id).total == 1 + total

    def test_whole_pages_of_others_are_passed_over(self, alice, swifts, monkeypatch):
        monkeypatch.setattr(recheck, "BATCH", 2)
        for state in ("withdrawn", "rejected", "withdrawn", "in_review", "rejected"):
            last = make_submission(alice, state=state, response=TEXT)
        make_submission(alice)
        done = rerun(everything=True)
        assert (done.state, done.job.done, done.job.total) == (State.SUCCEEDED, 2, 2)
        assert done.cursor == last.current_version.pk + 1

    def test_a_new_one_is_left_to_its_own_job(self, alice, swifts):
        make_submission(alice, state="checking")
        with pytest.raises(recheck.UpToDate):
            begin()

    def test_an_approved_one_stands_while_a_newer_is_in_review(self, alice, swifts):
        submission = make_submission(alice, state="approved", response=TEXT)
        first = submission.current_version
        newer = Version.objects.get(pk=first.pk)
        newer.pk, newer.number, newer.response = None, 2, "No birds."
        newer.save(force_insert=True)
        Submission.objects.update(state="in_review", current_version=newer)
        assert rerun().job.total == 2
        assert list(Finding.objects.values_list("version", flat=True)) == [first.pk, first.pk]

    def test_those_that_came_after_it_began_are_not_its_own(self, alice, swifts):
        make_submission(alice)
        begun = begin()
        make_submission(alice, response=TEXT)
        assert work(begun).job.done == 1
        assert Finding.objects.count() == 0


@pytest.mark.django_db
class TestWhatOthersFound:
    @pytest.fixture
    def alike(self, alice):
        first = make_submission(alice, response=TEXT * 5).current_version
        second = make_submission(alice, response=TEXT * 5 + " So it is said.").current_version
        duplicates.index([first, second])
        LookAlike.objects.create(
            version=second, other=first, kind="near", on="text", score=0.5, why="As then."
        )
        return first, second

    def test_stands(self, alike, swifts):
        Finding.objects.create(version=alike[0], rule=UNVERIFIED, severity="warning", message="Not there.")
        rerun()
        assert Finding.objects.filter(rule=UNVERIFIED).count() == 1
        assert [row.why for row in LookAlike.objects.all()] == ["As then."]

    def test_look_alikes_are_sought_again_where_that_is_wanted(self, alike, swifts):
        first, second = alike
        rerun(look_alikes=True)
        found = {(row.version, row.other, row.score > 0.5) for row in LookAlike.objects.filter(on="text")}
        assert found == {(first, second, True), (second, first, True)}

    def test_the_wiki_is_asked_again_where_that_is_wanted(self, alice, swifts, settings):
        settings.WIKI_URL = "https://en.wikipedia.org/w/"
        submission = make_submission(alice, category="closed_qa", passage=make_passage())
        begun = begin(passages=True)
        with jobs.without_bell():
            work(begun)
        job = Job.objects.get(kind="verify_passage")
        assert job.key == f"{submission.pk}:1:{begun.public_id}"
        assert job.payload == {"version": submission.current_version_id}
