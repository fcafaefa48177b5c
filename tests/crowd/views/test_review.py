import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from crowd.models import Claim, Decision, LookAlike, Submission, Version
from tests.support.factories import make_claim, make_submission
from tests.support.pages import text_of

pytestmark = pytest.mark.django_db
QUEUE = reverse("crowd:review")
NEXT = reverse("crowd:review-next")


def url(claim, name="claim"):
    return reverse(f"crowd:{name}", kwargs={"claim_id": claim.public_id})


def state_of(claim):
    claim.submission.refresh_from_db()
    return claim.submission.state


class TestQueue:
    def test_counts_what_one_may_decide(self, browse, alice, rita):
        make_submission(alice)
        make_submission(rita)
        make_submission(alice, state="approved")
        assert browse(rita).get(QUEUE).context["waiting"] == 1

    def test_is_for_reviewers(self, browse, alice):
        assert browse(alice).get(QUEUE).status_code == 403
        assert browse(alice).post(NEXT).status_code == 403

    def test_says_so_when_nothing_waits(self, browse, rita):
        assert "Nothing waits for you" in text_of(browse(rita).get(QUEUE))

    def test_takes_the_oldest(self, browse, alice, rita):
        oldest = make_submission(alice)
        make_submission(alice)
        answer = browse(rita).post(NEXT)
        claim = Claim.objects.get()
        assert claim.submission == oldest
        assert answer.headers["Location"] == url(claim)

    def test_takes_one_kind_if_asked(self, browse, alice, rita):
        make_submission(alice)
        wanted = make_submission(alice, category="brainstorming")
        answer = browse(rita).post(NEXT, {"only": "brainstorming"})
        claim = Claim.objects.get()
        assert claim.submission == wanted
        assert answer.headers["Location"] == f"{url(claim)}?only=brainstorming"

    def test_queries_do_not_grow(self, browse, alice, rita, django_assert_num_queries):
        client = browse(rita)
        for count in (1, 3):
            while alice.submissions.count() < count:
                make_submission(alice)
            with django_assert_num_queries(9):
                client.get(QUEUE)


class TestHeldPair:
    def test_is_shown_without_its_author(self, browse, held, rita):
        words = text_of(browse(rita).get(url(held)))
        assert held.version.instruction in words
        assert "Alice" not in words

    def test_shows_what_it_resembles_side_by_side(self, browse, held, rita, bob):
        other = make_submission(bob, state="approved", instruction="Which number is on the door?")
        LookAlike.objects.create(
            version=held.version, other=other.current_version, kind="near", on="text", score=0.9, why="much"
        )
        words = text_of(browse(rita).get(url(held)))
        assert "Near-duplicate" in words
        assert other.current_version.response in words

    def test_marks_the_words_that_stand_in_both(self, browse, held, bob, rita):
        texts = {"instruction": "Why do herons stand on one leg?", "response": "<b>To save</b> warmth."}
        Version.objects.filter(pk=held.version_id).update(**texts)
        other = make_submission(
            bob,
            state="approved",
            instruction="When do herons stand on one leg?",
            response="To save warmth, <i>mostly</i>.",
        )
        LookAlike.objects.create(
            version=held.version, other=other.current_version, kind="near", on="text", score=0.9, why="much"
        )
        page = browse(rita).get(url(held)).content.decode()
        marked = re.findall(r'<div class="pair-text">(.*?)</div>', page.partition("likeness-sides")[2])
        assert marked == [
            'Why <mark class="same">do herons stand on one leg</mark>?',
            '&lt;b&gt;<mark class="same">To save</mark>&lt;/b&gt; warmth.',
            'When <mark class="same">do herons stand on one leg</mark>?',
            '<mark class="same">To save</mark> warmth, &lt;i&gt;mostly&lt;/i&gt;.',
        ]

    def test_tells_of_a_shared_passage_beside_what_the_words_are(self, browse, held, rita, bob):
        other = make_submission(bob, state="approved").current_version
        for kind, on, why in [
            ("similar", "passage", "one passage"),
            ("near", "text", "the words"),
            ("near", "instruction", "the question"),
        ]:
            LookAlike.objects.create(version=held.version, other=other, kind=kind, on=on, score=0.9, why=why)
        shown = browse(rita).get(url(held)).context["look_alikes"]
        assert [(card.other.kind, card.other.why) for card in shown] == [
            ("near", "the words"),
            ("similar", "one passage"),
        ]

    def test_forgets_a_text_that_its_author_replaced(self, browse, held, rita, bob):
        old = make_submission(bob, state="in_review").current_version
        LookAlike.objects.create(
            version=held.version, other=old, kind="near", on="text", score=0.9, why="much"
        )
        assert len(browse(rita).get(url(held)).context["look_alikes"]) == 1
        new = make_submission(bob).current_version
        Submission.objects.filter(pk=old.submission_id).update(current_version=new)
        assert browse(rita).get(url(held)).context["look_alikes"] == []

    def test_hides_a_text_that_is_not_the_reviewers_to_read(self, browse, held, rita, bob):
        other = make_submission(bob, state="returned", instruction="Which number is on the door?")
        LookAlike.objects.create(
            version=held.version, other=other.current_version, kind="near", on="text", score=0.9, why="much"
        )
        words = text_of(browse(rita).get(url(held)))
        assert "Not yours to see yet." in words
        assert other.current_version.response not in words

    def test_says_how_long_it_is_held_until_it_is_over(self, browse, alice, rita):
        held = make_claim(make_submission(alice), rita, now=timezone.now() + timedelta(seconds=80), minutes=0)
        assert "yours for another minute" in text_of(browse(rita).get(url(held)))
        assert "You hold a pair for another minute." in text_of(browse(rita).get(QUEUE))

    def test_is_the_holders_alone(self, browse, held, ravi):
        assert browse(ravi).get(url(held)).status_code == 404
        assert browse(ravi).post(url(held), {"decision": "approve", "version": 1}).status_code == 404
        assert state_of(held) == "in_review"

    def test_can_be_let_go(self, browse, held, rita):
        browse(rita).post(url(held, "let-go"))
        assert not Claim.objects.standing(timezone.now()).exists()

    def test_once_over_leads_back_to_the_queue(self, browse, alice, rita):
        claim = make_claim(make_submission(alice), rita)
        assert browse(rita).get(url(claim)).headers["Location"] == QUEUE


class TestDeciding:
    @pytest.mark.parametrize(
        ("decision", "reason", "state"),
        [("approve", "", "approved"), ("return", "Why?", "returned"), ("reject", "No.", "rejected")],
    )
    def test_moves_the_submission(self, browse, held, rita, decision, reason, state):
        browse(rita).post(url(held), {"decision": decision, "version": 1, "reason": reason})
        assert state_of(held) == state
        assert Decision.objects.get().reason == reason

    def test_goes_straight_to_the_next(self, browse, held, rita, bob):
        after = make_submission(bob)
        answer = browse(rita).post(url(held), {"decision": "approve", "version": 1})
        claim = Claim.objects.get(submission=after)
        assert answer.headers["Location"] == url(claim)

    def test_stays_with_one_kind(self, browse, held, rita, bob):
        make_submission(bob)
        kind = make_submission(bob, category="classification")
        answer = browse(rita).post(url(held), {"decision": "approve", "version": 1, "only": "classification"})
        assert answer.headers["Location"] == f"{url(Claim.objects.get(submission=kind))}?only=classification"

    @pytest.mark.parametrize("decision", ["return", "reject"])
    def test_needs_a_reason_beside_its_field(self, browse, held, rita, decision):
        page = browse(rita).post(url(held), {"decision": decision, "version": 1, "reason": " "})
        assert list(page.context["form"].errors) == ["reason"]
        assert "Reason (optional)" not in text_of(page)
        assert state_of(held) == "in_review"

    def test_unchanged_wording_is_no_edit(self, browse, held, rita):
        version = held.version
        texts = {"instruction": version.instruction, "response": version.response}
        browse(rita).post(url(held), {"decision": "approve", "version": 1, **texts})
        held.submission.refresh_from_db()
        assert held.submission.approved_version == version

    def test_other_wording_is_a_version_of_its_own(self, browse, held, rita):
        texts = {"instruction": "Why is there a number on the door?", "response": held.version.response}
        browse(rita).post(url(held), {"decision": "approve", "version": 1, **texts})
        held.submission.refresh_from_db()
        approved = held.submission.approved_version
        assert (approved.number, approved.origin, approved.edited_by) == (2, "human-edited", rita)
        assert approved.instruction == texts["instruction"]

    def test_a_refused_wording_stands_beside_its_field(self, browse, held, rita):
        page = browse(rita).post(
            url(held), {"decision": "approve", "version": 1, "instruction": " ", "response": "Because."}
        )
        assert list(page.context["form"].errors) == ["instruction"]
        assert state_of(held) == "in_review"

    def test_an_unknown_decision_changes_nothing(self, browse, held, rita):
        page = browse(rita).post(url(held), {"decision": "burn", "version": 1})
        assert list(page.context["form"].errors) == ["decision"]
        assert state_of(held) == "in_review"


class TestTooLate:
    ANSWER = {"decision": "return", "version": 1, "reason": "My long, careful reason."}

    def test_an_expired_claim_keeps_the_reason_on_the_page(self, browse, alice, rita):
        claim = make_claim(make_submission(alice), rita)
        page = browse(rita).post(url(claim), self.ANSWER)
        assert page.status_code == 409
        assert "My long, careful reason." in text_of(page)
        assert state_of(claim) == "in_review"

    def test_so_does_a_withdrawn_pair_whose_text_is_not_shown_again(self, browse, held, alice, rita):
        browse(alice).post(reverse("crowd:withdraw", args=[held.submission.public_id]))
        texts = {"instruction": held.version.instruction, "response": held.version.response}
        page = browse(rita).post(url(held), {**self.ANSWER, **texts})
        assert page.status_code == 409
        assert "My long, careful reason." in text_of(page)
        assert held.version.instruction not in text_of(page)

    def test_and_another_wording(self, browse, alice, rita):
        claim = make_claim(make_submission(alice), rita)
        page = browse(rita).post(url(claim), {**self.ANSWER, "response": "My other wording."})
        assert "My other wording." in text_of(page)

    def test_a_stale_version_is_never_decided(self, browse, held, rita):
        page = browse(rita).post(url(held), {**self.ANSWER, "version": 7})
        assert page.status_code == 409
        assert state_of(held) == "in_review"

    def test_a_second_press_decides_nothing_more(self, browse, held, rita):
        client = browse(rita)
        client.post(url(held), self.ANSWER)
        assert client.post(url(held), {**self.ANSWER, "decision": "reject"}).status_code == 409
        assert state_of(held) == "returned"


def test_an_admin_reviews_too(browse, alice, adam):
    submission = make_submission(alice)
    client = browse(adam)
    client.post(NEXT)
    client.post(url(Claim.objects.get()), {"decision": "approve", "version": 1})
    submission.refresh_from_db()
    assert submission.state == "approved"
