import threading
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection

from crowd.domain.workflow import State
from crowd.models import Claim, Decision, Event, PointEntry, Submission, Version
from crowd.services import review
from crowd.services import submission as submissions
from crowd.services.errors import Conflict, NotAllowed, Refused
from tests.support.factories import NOW, make_claim, make_person, make_source, make_submission


@pytest.fixture
def submission(alice):
    return make_submission(alice)


@pytest.fixture
def claim(submission, rita):
    return make_claim(submission, rita)


class TestClaimNext:
    def test_holds_the_oldest(self, alice, rita):
        oldest = make_submission(alice)
        make_submission(alice)
        claim = review.claim_next(rita, now=NOW)
        assert (claim.submission, claim.reviewer, claim.version) == (oldest, rita, oldest.current_version)
        assert claim.expires_at == NOW + timedelta(minutes=30)

    def test_nobody_gets_their_own(self, rita):
        make_submission(rita)
        assert review.claim_next(rita, now=NOW) is None

    def test_nobody_gets_what_a_colleague_holds(self, claim, ravi):
        assert review.claim_next(ravi, now=NOW) is None

    def test_an_expired_claim_goes_to_the_next(self, claim, ravi):
        later = claim.expires_at
        assert review.claim_next(ravi, now=later).submission == claim.submission
        assert Claim.objects.get(pk=claim.pk).ended_at == later

    def test_a_reload_gets_the_same_one_again(self, alice, claim, rita):
        make_submission(alice)
        assert review.claim_next(rita, now=NOW) == claim

    @pytest.mark.parametrize("state", [state for state in State if state != State.IN_REVIEW])
    def test_only_what_is_in_review_is_given_out(self, alice, rita, state):
        make_submission(alice, state=state)
        assert review.claim_next(rita, now=NOW) is None

    def test_an_imported_one_has_no_author_to_spare(self, rita):
        from_file = make_submission(source=make_source())
        assert review.claim_next(rita, now=NOW).submission == from_file

    def test_letting_go_gives_it_back(self, claim, ravi):
        review.let_go(claim, now=NOW)
        assert review.claim_next(ravi, now=NOW).submission == claim.submission

    @pytest.mark.django_db(transaction=True)
    def test_two_windows_of_one_reviewer_hold_one(self, alice, rita):
        for _ in range(4):
            make_submission(alice)
        barrier = threading.Barrier(4)

        def take():
            barrier.wait()
            review.claim_next(rita, now=NOW)
            connection.close()

        threads = [threading.Thread(target=take) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert Claim.objects.filter(ended_at=None).count() == 1

    @pytest.mark.django_db(transaction=True)
    def test_many_at_once_never_hold_the_same(self, alice):
        reviewers = [make_person(f"r{number}", role="reviewer") for number in range(8)]
        for _ in range(8):
            make_submission(alice)
        barrier = threading.Barrier(8)

        def take(reviewer):
            barrier.wait()
            review.claim_next(reviewer, now=NOW)
            connection.close()

        threads = [threading.Thread(target=take, args=(reviewer,)) for reviewer in reviewers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert Claim.objects.values("submission").distinct().count() == Claim.objects.count() == 8


class TestDecide:
    def test_approval_fixes_the_version_and_earns_points(self, claim, submission, rita, alice):
        review.decide(claim, decision="approve", version=1, now=NOW)
        submission.refresh_from_db()
        decision = Decision.objects.get()
        assert (submission.state, submission.approved_version) == (State.APPROVED, submission.current_version)
        assert (decision.reviewer, decision.decision, decision.author) == (rita, "approve", alice)
        assert (PointEntry.objects.get().person, PointEntry.objects.get().amount) == (alice, 10)
        assert Claim.objects.get().ended_at == NOW

    @pytest.mark.parametrize(("decision", "state"), [("return", State.RETURNED), ("reject", State.REJECTED)])
    def test_a_refusal_needs_a_reason_that_is_kept(self, claim, submission, decision, state):
        with pytest.raises(Refused):
            review.decide(claim, decision=decision, version=1, reason=" ", now=NOW)
        review.decide(claim, decision=decision, version=1, reason="The answer is wrong.", now=NOW)
        submission.refresh_from_db()
        assert submission.state == state
        assert Decision.objects.get().reason == Event.objects.get().reason == "The answer is wrong."
        assert PointEntry.objects.count() == 0

    def test_an_expired_claim_decides_nothing(self, claim, submission):
        with pytest.raises(Conflict, match="expired"):
            review.decide(claim, decision="approve", version=1, now=claim.expires_at)
        assert Submission.objects.get().state == State.IN_REVIEW

    def test_another_version_than_the_one_seen_is_refused(self, claim):
        with pytest.raises(Conflict, match="newer version"):
            review.decide(claim, decision="approve", version=2, now=NOW)

    def test_a_withdrawn_one_cannot_be_approved(self, claim, submission, alice):
        submissions.withdraw(submission, person=alice, now=NOW)
        claim.refresh_from_db()
        with pytest.raises(Conflict):
            review.decide(claim, decision="approve", version=1, now=NOW)
        assert Submission.objects.get().state == State.WITHDRAWN

    def test_nobody_decides_on_their_own(self, rita):
        own = make_claim(make_submission(rita), rita)
        with pytest.raises(NotAllowed):
            review.decide(own, decision="approve", version=1, now=NOW)

    def test_the_database_refuses_ones_own_too(self, submission, alice):
        with pytest.raises(IntegrityError, match="nobody_decides_on_their_own"):
            Decision.objects.create(
                submission=submission,
                version=submission.current_version,
                reviewer=alice,
                author=alice,
                decision="approve",
                created_at=NOW,
            )

    @pytest.mark.django_db(transaction=True)
    def test_approve_and_reject_at_once_make_one_decision(self, claim):
        barrier = threading.Barrier(2)
        answers = []

        def decide(decision):
            mine = Claim.objects.get(pk=claim.pk)
            barrier.wait()
            try:
                review.decide(mine, decision=decision, version=1, reason="Because.", now=NOW)
                answers.append("decided")
            except Conflict:
                answers.append("conflict")
            finally:
                connection.close()

        threads = [threading.Thread(target=decide, args=(decision,)) for decision in ("approve", "reject")]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(answers) == ["conflict", "decided"]
        assert (Decision.objects.count(), Event.objects.count()) == (1, 1)


class TestEdits:
    def test_the_reviewers_wording_becomes_a_version_marked_as_edited(self, claim, submission, rita):
        hash_before = submission.copy_hash
        review.decide(
            claim, decision="approve", version=1, edits={"response": "It was the hundredth."}, now=NOW
        )
        submission.refresh_from_db()
        edited = submission.approved_version
        assert (edited.number, edited.response, edited.origin) == (2, "It was the hundredth.", "human-edited")
        assert (edited.edited_by, edited.instruction) == (rita, Version.objects.get(number=1).instruction)
        assert submission.copy_hash != hash_before

    def test_a_models_text_stays_a_models_with_its_licence(self, rita):
        source = make_source("alpaca", licence="CC-BY-NC-4.0", origin="model")
        submission = make_submission(source=source)
        claim = make_claim(submission, rita)
        review.decide(claim, decision="approve", version=1, edits={"response": "Better."}, now=NOW)
        edited = Version.objects.get(number=2)
        assert (edited.origin, edited.licence, edited.edited_by) == ("model", "CC-BY-NC-4.0", rita)

    @pytest.mark.parametrize("decision", ["return", "reject"])
    def test_an_edit_counts_only_with_an_approval(self, claim, decision):
        with pytest.raises(Refused, match="can only be approved"):
            review.decide(
                claim, decision=decision, version=1, reason="No.", edits={"response": "Mine."}, now=NOW
            )
        assert (Version.objects.count(), Submission.objects.get().state) == (1, State.IN_REVIEW)

    def test_an_edit_must_pass_the_door_too(self, claim):
        with pytest.raises(Refused):
            review.decide(claim, decision="approve", version=1, edits={"response": ""}, now=NOW)
        assert (Version.objects.count(), Submission.objects.get().state) == (1, State.IN_REVIEW)

    def test_stay_named_when_the_author_goes_on_from_them(self, submission, claim, alice):
        review.decide(claim, decision="approve", version=1, edits={"response": "Better."}, now=NOW)
        submission.refresh_from_db()
        content = submissions.Content(
            category=submission.current_version.category,
            instruction=submission.current_version.instruction,
            response="Better still.",
        )
        sent = submissions.resubmit(submission, content, person=alice, now=NOW)
        assert (sent.version.number, sent.version.origin) == (3, "human-edited")


class TestRevoke:
    def test_an_admin_takes_an_approval_back_with_a_reason(self, claim, submission, adam):
        review.decide(claim, decision="approve", version=1, now=NOW)
        submission.refresh_from_db()
        review.revoke(submission, admin=adam, reason="Copied from a book.", now=NOW)
        assert Submission.objects.get().state == State.REJECTED
        assert Event.objects.order_by("seq").last().reason == "Copied from a book."
        assert sum(entry.amount for entry in PointEntry.objects.all()) == 0

    @pytest.mark.parametrize("reason", ["", " \n", "\u200b", "a\x00b", "x" * 2_001])
    def test_not_without_a_reason_that_can_be_read(self, alice, adam, reason):
        submission = make_submission(alice, state=State.APPROVED)
        with pytest.raises(Refused):
            review.revoke(submission, admin=adam, reason=reason, now=NOW)
        assert Submission.objects.get().state == State.APPROVED
