"""A text is in a release once: while it is approved nobody else's copy comes in, also where a newer version is on its way."""

import json
from dataclasses import replace
from importlib import import_module
from io import BytesIO

import pytest
from django.apps import apps

from crowd.domain import formats
from crowd.domain.workflow import Action, State
from crowd.models import Category, Claim, Submission, Version
from crowd.queries import entry as entries
from crowd.services import imports, review, transitions
from crowd.services import submission as submissions
from crowd.services.errors import ExactCopy
from crowd.services.submission import Content
from tests.support.factories import NOW, make_grant, make_source, make_submission
from tests.support.threads import at_once

TEXTS = {"instruction": "Why do swifts scream?", "response": "To find each other at dusk."}
NEWER = {**TEXTS, "response": "They call to each other while they hunt."}


def content(**texts):
    return Content(category=Category.objects.get(key="open_qa"), **(texts or TEXTS))


def revise(submission):
    submissions.resubmit(submission, content(**NEWER), person=submission.author, now=NOW)


def pass_checks(submission):
    transitions.move(submission, Action.PASS_CHECKS, now=NOW)
    return submission


def approve(submission, reviewer, **edits):
    claim = review.claim_next(reviewer, now=NOW)
    assert claim.submission == submission
    return review.decide(
        claim, decision="approve", version=claim.version.number, edits=edits or None, now=NOW
    )


def releasable_texts():
    return sorted(Submission.objects.releasable().values_list("approved_version__sha256", flat=True))


@pytest.fixture
def approved(alice):
    return make_submission(alice, state=State.APPROVED, **TEXTS)


@pytest.fixture
def revised(approved):
    revise(approved)
    return approved


@pytest.fixture
def writer(bob):
    make_grant(bob)
    return bob


class TestAtTheDoor:
    def test_a_copy_of_an_approved_text_is_refused_while_a_newer_one_is_checked(self, revised, writer):
        with pytest.raises(ExactCopy) as refused:
            submissions.submit(writer, replace(content(), instruction=f" {TEXTS['instruction']}\n"), now=NOW)
        assert refused.value.other == revised
        assert Submission.objects.count() == 1

    def test_nor_may_another_submission_become_one(self, revised, writer):
        other = make_submission(writer, state=State.RETURNED)
        with pytest.raises(ExactCopy):
            submissions.resubmit(other, content(), person=writer, now=NOW)
        assert other.versions.count() == 1

    def test_its_author_may_go_back_to_it(self, revised, rita):
        pass_checks(revised)
        claim = review.claim_next(rita, now=NOW)
        review.decide(claim, decision="return", version=2, reason="The first was better.", now=NOW)
        revised.refresh_from_db()
        submissions.resubmit(revised, content(), person=revised.author, now=NOW)
        approve(pass_checks(revised), rita)
        assert Submission.objects.get().approved_version.number == 3

    @pytest.mark.parametrize("state", [State.REJECTED, State.WITHDRAWN])
    def test_what_is_gone_may_be_sent_again(self, revised, writer, rita, state):
        Submission.objects.update(state=state)
        again = submissions.submit(writer, content(), now=NOW).submission
        assert approve(pass_checks(again), rita).state == State.APPROVED

    def test_so_may_what_another_approved_version_has_replaced(self, revised, writer, rita):
        approve(pass_checks(revised), rita)
        assert submissions.submit(writer, content(), now=NOW).submission.state == State.CHECKING

    def test_asks_nothing_more_of_the_database(self, revised, writer, django_assert_num_queries):
        sent = content()
        with django_assert_num_queries(1):
            entry = entries.entry(writer, sent.category, text_hash=sent.copy_hash, now=NOW)
        assert entry.copied == revised.pk

    @pytest.mark.django_db(transaction=True)
    def test_of_two_at_the_same_instant_the_copy_never_gets_in(self, approved, writer):
        _revised, copy = at_once(
            [lambda: revise(approved), lambda: submissions.submit(writer, content(), now=NOW)]
        )
        assert isinstance(copy, ExactCopy)
        assert Submission.objects.get().copies_refused == 1


class TestAtTheApproval:
    """The door asks before it writes: what becomes approved in between is caught where it would be released."""

    @pytest.fixture
    def copy(self, approved, writer, monkeypatch):
        """A copy that came through the door, for when the door looked, nothing was approved yet."""
        seen = entries.entry

        def seen_too_early(*args, **options):
            return replace(seen(*args, **options), copied=None)

        revise(approved)
        monkeypatch.setattr(submissions, "entry", seen_too_early)
        return pass_checks(submissions.submit(writer, content(), now=NOW).submission)

    def test_the_second_of_two_equal_texts_is_not_approved(self, approved, copy, rita):
        before = releasable_texts()
        with pytest.raises(ExactCopy) as refused:
            approve(copy, rita)
        assert refused.value.other == approved
        assert (releasable_texts(), Submission.objects.get(pk=copy.pk).state) == (before, State.IN_REVIEW)
        assert Claim.objects.get().ended_at is None

    def test_it_can_still_be_rejected(self, copy, rita):
        claim = review.claim_next(rita, now=NOW)
        assert (
            review.decide(claim, decision="reject", version=1, reason="A copy.", now=NOW).state == "rejected"
        )

    def test_nor_does_a_reviewers_wording_make_a_second_one(self, revised, bob, rita):
        almost = make_submission(bob, instruction=TEXTS["instruction"], response="To find each other.")
        with pytest.raises(ExactCopy):
            approve(almost, rita, response=TEXTS["response"])
        assert (almost.versions.count(), len(releasable_texts())) == (1, 1)

    def test_a_reviewers_wording_is_what_is_taken_from_then_on(self, alice, writer, rita):
        submission = make_submission(alice, **NEWER)
        approve(submission, rita, response=TEXTS["response"])
        submission.refresh_from_db()
        revise(submission)
        with pytest.raises(ExactCopy):
            submissions.submit(writer, content(), now=NOW)


class TestInAnImport:
    @pytest.mark.parametrize("is_approved", [True, False])
    def test_a_copy_of_an_approved_text_is_left_out(self, revised, is_approved):
        told = []
        report = import_rows(make_source(), told.append, approve=is_approved)
        assert (report.added, report.copies) == (0, 1)
        assert [remark.message for remark in told] == [
            f"an exact copy of the record {revised.public_id}, left out"
        ]

    def test_what_it_brings_approved_is_taken_too(self, writer):
        import_rows(make_source(), approve=True)
        imported = Submission.objects.get()
        Submission.objects.update(state=State.CHECKING, copy_hash="of a newer version")
        with pytest.raises(ExactCopy) as refused:
            submissions.submit(writer, content(), now=NOW)
        assert refused.value.other == imported


class TestWhatWasApprovedBefore:
    """The migration takes what is there as it is."""

    @pytest.fixture
    def taken(self):
        """Does what the migration does; the texts that are taken then, the earliest submission's first."""

        def migrate():
            Submission.objects.update(approved_copy_hash=None)
            import_module("crowd.migrations.0008_approved_copy_hash").fill(apps, None)
            return list(Submission.objects.order_by("pk").values_list("approved_copy_hash", flat=True))

        return migrate

    def test_is_taken(self, approved, alice, taken):
        make_submission(alice)
        assert taken() == [content().copy_hash, None]

    def test_is_taken_while_a_newer_version_is_on_its_way(self, revised, taken):
        assert taken() == [content().copy_hash]

    def test_twice_is_the_firsts(self, revised, writer, taken):
        second = make_submission(writer, state=State.APPROVED)
        submissions.resubmit(second, content(**{**TEXTS, "response": "Yes."}), person=writer, now=NOW)
        Version.objects.filter(approved_of=second).update(**TEXTS)
        assert taken() == [content().copy_hash, None]


def import_rows(source, tell=lambda _remark: None, *, approve):
    line = json.dumps({**TEXTS, "context": "", "category": "open_qa"}).encode()
    lines = formats.read(BytesIO(line), "dolly", mapping={})
    return imports.run(lines, source=source, approve=approve, now=NOW, tell=tell)
