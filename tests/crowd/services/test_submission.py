import threading
from dataclasses import replace

import pytest
from django.db import connection

from crowd.domain.workflow import IllegalMove, State
from crowd.models import Category, Contest, Event, GrantWording, Job, Passage, PointEntry, Submission, Version
from crowd.services import submission as submissions
from crowd.services.errors import Conflict, ExactCopy, GrantMissing, Refused
from crowd.services.submission import Content
from tests.support.factories import NOW, PASSAGE_URL, make_grant, make_submission


@pytest.fixture
def content(db):
    return Content(
        category=Category.objects.get(key="open_qa"),
        instruction="Why do swifts scream?",
        response="To find each other at dusk.",
    )


@pytest.fixture
def about_a_passage(db):
    return Content(
        category=Category.objects.get(key="closed_qa"),
        instruction="Where do swifts sleep?",
        response="On the wing.",
        context="Swifts sleep while they fly.",
        passage_url=PASSAGE_URL,
    )


class TestSubmit:
    def test_stores_submission_version_event_and_job(self, writer, content):
        sent = submissions.submit(writer, content, now=NOW)
        version = Version.objects.get()
        assert Submission.objects.get() == sent.submission
        assert (sent.submission.state, sent.submission.current_version) == (State.CHECKING, version)
        assert (version.number, version.instruction, version.response) == (
            1,
            content.instruction,
            content.response,
        )
        assert (version.grant, version.licence, version.origin) == (
            writer.grants.get(),
            "CC-BY-SA-4.0",
            "human",
        )
        assert [event.action for event in Event.objects.all()] == ["submit"]
        assert (Job.objects.get().kind, Job.objects.get().payload) == ("check", {"version": version.pk})

    def test_keeps_the_text_as_sent_but_for_line_ends(self, writer, content):
        typed = replace(content, instruction=" e\u0301 \r\nand\rso on? ")
        submissions.submit(writer, typed, now=NOW)
        assert Version.objects.get().instruction == " e\u0301 \nand\nso on? "

    def test_keeps_the_passage_with_its_page_and_revision(self, writer, about_a_passage):
        submissions.submit(writer, about_a_passage, now=NOW)
        passage = Passage.objects.get()
        assert (passage.text, passage.wiki, passage.revision_id) == (
            "Swifts sleep while they fly.",
            "en.wikipedia.org",
            1207,
        )
        assert (passage.title, passage.url, passage.licence) == (
            "",
            "https://en.wikipedia.org/w/index.php?oldid=1207",
            "CC-BY-SA-4.0",
        )
        assert Version.objects.get().context == passage.text

    def test_two_questions_about_one_passage_share_it(self, writer, about_a_passage):
        submissions.submit(writer, about_a_passage, now=NOW)
        submissions.submit(writer, replace(about_a_passage, instruction="How do swifts sleep?"), now=NOW)
        assert (Passage.objects.count(), Version.objects.count()) == (1, 2)

    def test_reports_what_the_checks_say_at_the_door(self, writer, content):
        sent = submissions.submit(writer, replace(content, response="Because.[42]"), now=NOW)
        assert [finding.rule for finding in sent.findings] == ["citation.marker"]

    def test_needs_the_grant_under_the_newest_wording(self, writer, content):
        GrantWording.objects.create(number=2, text="New.", licence="CC-BY-SA-4.0", sha256="0" * 64)
        with pytest.raises(GrantMissing, match="version 2"):
            submissions.submit(writer, content, now=NOW)

    def test_needs_the_grant(self, alice, content):
        with pytest.raises(GrantMissing, match="version 1"):
            submissions.submit(alice, content, now=NOW)
        assert Submission.objects.count() == 0

    @pytest.mark.parametrize(
        ("change", "field"),
        [
            ({"instruction": ""}, "instruction"),
            ({"instruction": " \n\u200b"}, "instruction"),
            ({"response": "x" * 50_001}, "response"),
            ({"response": "a\x00b"}, "response"),
            ({"instruction": "### End"}, "instruction"),
            ({"context": "A passage.", "passage_url": PASSAGE_URL}, "context"),
        ],
    )
    def test_an_error_refuses_and_stores_nothing(self, writer, content, change, field):
        with pytest.raises(Refused) as refused:
            submissions.submit(writer, replace(content, **change), now=NOW)
        assert {finding.field for finding in refused.value.findings} == {field}
        assert (Submission.objects.count(), Passage.objects.count(), Job.objects.count()) == (0, 0, 0)

    @pytest.mark.parametrize(
        "url", ["", "javascript:alert(1)", "http://169.254.169.254/", "https://example.org/wiki/Swift"]
    )
    def test_a_passage_needs_the_address_of_its_page(self, writer, about_a_passage, url):
        with pytest.raises(Refused) as refused:
            submissions.submit(writer, replace(about_a_passage, passage_url=url), now=NOW)
        assert [finding.field for finding in refused.value.findings] == ["passage_url"]

    def test_a_contest_that_is_not_open_takes_nothing(self, writer, content):
        Contest.objects.update(state=Contest.State.FROZEN)
        with pytest.raises(Conflict, match="not open"):
            submissions.submit(writer, content, now=NOW)

    def test_the_deadline_itself_is_too_late(self, writer, content):
        Contest.objects.update(ends_at=NOW)
        with pytest.raises(Conflict, match="not open"):
            submissions.submit(writer, content, now=NOW)

    def test_a_category_that_is_off_takes_nothing(self, writer, content):
        general = Category.objects.get(key="general_qa")
        with pytest.raises(Refused, match="not part of this contest"):
            submissions.submit(writer, replace(content, category=general), now=NOW)


class TestExactCopy:
    def test_is_refused_whatever_its_category_and_white_space(self, writer, content, bob):
        first = submissions.submit(writer, content, now=NOW).submission
        make_grant(bob)
        copy = replace(
            content,
            category=Category.objects.get(key="brainstorming"),
            instruction=f" {content.instruction}\r\n",
        )
        with pytest.raises(ExactCopy) as refused:
            submissions.submit(bob, copy, now=NOW)
        assert refused.value.other == first
        assert Submission.objects.count() == 1

    @pytest.mark.parametrize("state", [State.REJECTED, State.WITHDRAWN])
    def test_a_text_that_is_gone_may_be_sent_again(self, writer, content, bob, state):
        make_submission(bob, state=state, instruction=content.instruction, response=content.response)
        assert submissions.submit(writer, content, now=NOW).submission.state == State.CHECKING

    @pytest.mark.django_db(transaction=True)
    def test_of_many_at_the_same_instant_one_wins(self, writer, content):
        barrier = threading.Barrier(6)
        answers = []

        def send():
            barrier.wait()
            try:
                submissions.submit(writer, content, now=NOW)
                answers.append("sent")
            except ExactCopy:
                answers.append("copy")
            finally:
                connection.close()

        threads = [threading.Thread(target=send) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(answers) == ["copy"] * 5 + ["sent"]
        assert Submission.objects.get().copies_refused == 5
        assert (Submission.objects.count(), Version.objects.count(), Job.objects.count()) == (1, 1, 1)


class TestResubmit:
    @pytest.mark.parametrize("state", [State.RETURNED, State.APPROVED])
    def test_adds_a_version_and_goes_back_to_the_checks(self, writer, content, state):
        submission = make_submission(writer, state=state)
        first = submission.current_version
        submissions.resubmit(submission, content, person=writer, now=NOW)
        submission.refresh_from_db()
        assert (submission.state, submission.current_version.number) == (State.CHECKING, 2)
        assert submission.copy_hash == content.copy_hash
        assert submission.approved_version == (first if state == State.APPROVED else None)

    def test_takes_back_the_points_of_an_approved_one(self, writer, content, rita):
        submission = make_submission(writer, state=State.APPROVED)
        submissions.points.award(submission, submission.current_version, now=NOW)
        submissions.resubmit(submission, content, person=writer, now=NOW)
        assert [entry.amount for entry in PointEntry.objects.order_by("id")] == [10, -10]

    def test_the_same_text_again_is_no_copy_of_itself(self, writer, content):
        submission = submissions.submit(writer, content, now=NOW).submission
        Submission.objects.update(state=State.RETURNED)
        submission.refresh_from_db()
        assert submissions.resubmit(submission, content, person=writer, now=NOW).version.number == 2

    def test_is_refused_while_in_review(self, writer, content):
        submission = make_submission(writer)
        with pytest.raises(IllegalMove):
            submissions.resubmit(submission, content, person=writer, now=NOW)
        assert Version.objects.count() == 1


class TestWithdraw:
    def test_ends_the_submission_its_claim_and_its_points(self, writer):
        submission = make_submission(writer, state=State.APPROVED)
        submissions.points.award(submission, submission.current_version, now=NOW)
        submissions.withdraw(submission, person=writer, now=NOW)
        assert Submission.objects.get().state == State.WITHDRAWN
        assert sum(entry.amount for entry in PointEntry.objects.all()) == 0

    def test_a_rejected_one_stays_rejected(self, writer):
        with pytest.raises(IllegalMove):
            submissions.withdraw(make_submission(writer, state=State.REJECTED), person=writer, now=NOW)
