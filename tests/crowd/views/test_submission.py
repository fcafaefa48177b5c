from datetime import timedelta
from html import unescape

import pytest
from django.urls import reverse
from django.utils import timezone

from crowd.models import Contest, ContestCategory, Draft, Event, Finding
from crowd.services import transitions, workers
from tests.support.factories import NOW, make_draft, make_passage, make_source, make_submission
from tests.support.pages import text_of

pytestmark = pytest.mark.django_db
MINE = reverse("crowd:mine")


def url(submission, name="submission"):
    return reverse(f"crowd:{name}", kwargs={"public_id": submission.public_id})


class TestMine:
    def test_lists_ones_own(self, browse, alice, bob):
        own = make_submission(alice)
        make_submission(bob)
        assert list(browse(alice).get(MINE).context["page"]) == [own]

    def test_by_state(self, browse, alice):
        make_submission(alice)
        returned = make_submission(alice, state="returned")
        assert list(browse(alice).get(MINE, {"show": "returned"}).context["page"]) == [returned]

    def test_drafts_have_a_list_of_their_own(self, browse, alice, bob):
        draft = make_draft(alice)
        make_draft(bob)
        assert list(browse(alice).get(MINE, {"show": "drafts"}).context["page"]) == [draft]

    def test_goes_over_pages(self, browse, alice):
        for _ in range(21):
            make_submission(alice)
        page = browse(alice).get(MINE, {"page": 2})
        assert len(page.context["page"]) == 1
        assert "Page 2 of 2" in text_of(page)

    def test_says_what_to_do_when_there_is_nothing(self, browse, alice):
        assert "Nothing sent yet" in text_of(browse(alice).get(MINE))
        assert "No drafts" in text_of(browse(alice).get(MINE, {"show": "drafts"}))

    @pytest.mark.parametrize("show", ["", "drafts"])
    def test_queries_do_not_grow(self, browse, alice, django_assert_num_queries, show):
        client = browse(alice)
        for count in (1, 3):
            while alice.submissions.count() < count:
                make_submission(alice, category="summarization", passage=make_passage(f"Text {count}."))
                make_draft(alice, revises=make_submission(alice, state="returned"))
            with django_assert_num_queries(6):
                client.get(MINE, {"show": show})


class TestPage:
    @pytest.mark.parametrize(
        ("state", "words"),
        [
            ("checking", "then it goes to the reviewers"),
            ("in_review", "You need not do anything"),
            ("returned", "Revise it and send it again"),
            ("approved", "part of the next release"),
            ("rejected", "will not be part of a release"),
            ("withdrawn", "You took it back"),
        ],
    )
    def test_says_what_happens_next(self, browse, alice, state, words):
        assert words in text_of(browse(alice).get(url(make_submission(alice, state=state))))

    @pytest.mark.parametrize("state", ["checking", "in_review", "approved", "rejected", "withdrawn"])
    def test_leads_on_to_another_one(self, browse, alice, state):
        page = browse(alice).get(url(make_submission(alice, state=state)))
        assert 'action="/write/open_qa/"' in page.text

    def test_leads_to_the_revision_first(self, browse, alice):
        page = browse(alice).get(url(make_submission(alice, state="returned")))
        assert "/write/" not in page.text

    def test_leads_nowhere_that_takes_nothing(self, browse, alice):
        submission = make_submission(alice)
        ContestCategory.objects.filter(category__key="open_qa").update(is_on=False)
        assert "/write/" not in browse(alice).get(url(submission)).text

    def test_leads_nowhere_when_the_contest_is_over(self, browse, alice):
        submission = make_submission(alice)
        Contest.objects.update(state="frozen")
        assert "/write/" not in browse(alice).get(url(submission)).text

    def test_a_finding_stands_beside_its_text(self, browse, alice):
        submission = make_submission(alice)
        Finding.objects.create(
            version=submission.current_version,
            rule="length.short",
            severity="info",
            field="instruction",
            message="Very short.",
        )
        words = text_of(browse(alice).get(url(submission)))
        assert words.index("Instruction") < words.index("Very short.") < words.index("Response")

    def test_history_names_no_reviewer(self, browse, alice, rita):
        submission = make_submission(alice)
        transitions.move(submission, "return", now=NOW, actor=rita, version=1, reason="Say which.")
        words = text_of(browse(alice).get(url(submission)))
        assert "Returned by a reviewer" in words
        assert "Say which." in words
        assert "Rita" not in words

    def test_text_is_escaped_and_keeps_its_lines(self, browse, alice):
        submission = make_submission(alice, response="<img src=x onerror=alert(1)>\nsecond")
        page = browse(alice).get(url(submission)).content.decode()
        assert '<div class="pair-text">&lt;img src=x onerror=alert(1)&gt;\nsecond</div>' in page

    def test_a_passage_shows_its_source(self, browse, alice):
        passage = make_passage()
        page = browse(alice).get(url(make_submission(alice, category="closed_qa", passage=passage)))
        assert passage.url.replace("&", "&amp;") in page.content.decode()
        assert "revision 1207" in text_of(page)

    def test_an_imported_text_counts_towards_no_target(self, browse, adam):
        imported = make_submission(source=make_source("alpaca"), state="approved")
        words = text_of(browse(adam).get(url(imported)))
        assert "It was imported with alpaca" in words
        assert "target" not in words

    def test_an_imported_passage_names_its_dataset(self, browse, alice):
        passage = make_passage(wiki="import:dolly", title="", url="", revision_id=0)
        words = text_of(browse(alice).get(url(make_submission(alice, category="closed_qa", passage=passage))))
        assert "imported with dolly CC-BY-SA-4.0 without a revision" in words
        assert "import:" not in words

    @pytest.mark.parametrize("name", ["submission", "progress"])
    def test_a_stranger_gets_what_an_unknown_id_gets(self, browse, alice, bob, name):
        assert browse(bob).get(url(make_submission(alice, state="approved"), name)).status_code == 404

    def test_a_reviewer_reads_what_is_in_review_without_its_author(self, browse, alice, rita):
        page = browse(rita).get(url(make_submission(alice)))
        assert page.status_code == 200
        assert "Alice" not in text_of(page)
        assert "Withdraw" not in text_of(page)


class TestWhileChecking:
    def test_the_page_asks_again(self, browse, alice):
        submission = make_submission(alice, state="checking")
        assert (
            f'hx-get="{url(submission, "progress")}"' in browse(alice).get(url(submission)).content.decode()
        )

    def test_it_stops_when_that_is_over(self, browse, alice):
        submission = make_submission(alice)
        assert "hx-get" not in browse(alice).get(url(submission, "progress")).content.decode()

    def test_says_when_no_worker_is_connected(self, browse, alice):
        submission = make_submission(alice, state="checking")
        assert "No worker is connected" in text_of(browse(alice).get(url(submission)))

    def test_and_not_when_one_is(self, browse, alice):
        workers.say_hello("worker", queue="default", now=timezone.now())
        submission = make_submission(alice, state="checking")
        assert "No worker is connected" not in text_of(browse(alice).get(url(submission)))

    def test_a_worker_of_long_ago_does_not_count(self, browse, alice):
        workers.say_hello("worker", queue="default", now=timezone.now() - timedelta(minutes=1))
        submission = make_submission(alice, state="checking")
        assert "No worker is connected" in text_of(browse(alice).get(url(submission)))


class TestWithdrawing:
    def test_takes_it_back(self, browse, alice):
        submission = make_submission(alice)
        browse(alice).post(url(submission, "withdraw"))
        submission.refresh_from_db()
        assert submission.state == "withdrawn"
        assert Event.objects.get().actor == alice

    def test_is_not_possible_after_a_rejection(self, browse, alice):
        submission = make_submission(alice, state="rejected")
        browse(alice).post(url(submission, "withdraw"))
        submission.refresh_from_db()
        assert submission.state == "rejected"

    @pytest.mark.parametrize("name", ["withdraw", "revise"])
    def test_is_the_authors_alone(self, browse, alice, adam, name):
        submission = make_submission(alice, state="returned")
        assert browse(adam).post(url(submission, name)).status_code == 404
        submission.refresh_from_db()
        assert submission.state == "returned"
        assert not Draft.objects.exists()


class TestRevising:
    def test_begins_with_the_current_texts(self, browse, alice):
        submission = make_submission(alice, state="returned")
        answer = browse(alice).post(url(submission, "revise"))
        draft = Draft.objects.get(revises=submission)
        assert draft.instruction == submission.current_version.instruction
        assert answer.headers["Location"] == reverse("crowd:draft", args=[draft.public_id])

    @pytest.mark.parametrize(("state", "is_said"), [("approved", True), ("returned", False)])
    def test_says_what_a_new_version_of_an_approved_one_costs(self, browse, alice, state, is_said):
        words = text_of(browse(alice).get(url(make_submission(alice, state=state))))
        assert ("The points go at once" in words) == is_said
        assert ("if the new version is rejected, neither is in a later one" in words) == is_said

    def test_is_not_possible_while_it_is_in_review(self, browse, alice):
        submission = make_submission(alice)
        page = browse(alice).post(url(submission, "revise"), follow=True)
        assert "cannot take the action" in text_of(page)
        assert not Draft.objects.exists()


class TestRevoke:
    def test_an_admin_takes_an_approval_back(self, browse, alice, adam):
        submission = make_submission(alice, state="approved")
        page = browse(adam).get(url(submission))
        assert "Take the approval back" in text_of(page)
        answer = browse(adam).post(url(submission, "revoke"), {"reason": "Copied."}, follow=True)
        submission.refresh_from_db()
        assert (submission.state, Event.objects.get().actor) == ("rejected", adam)
        assert "The approval is taken back" in text_of(answer)

    @pytest.mark.parametrize(
        ("state", "action", "heading"),
        [
            ("approved", "revoke", "The admin's reason"),
            ("in_review", "reject", "The reviewer's reason"),
            ("in_review", "return", "The reviewer's reason"),
        ],
    )
    def test_the_author_reads_whose_reason_it_is(self, browse, alice, adam, state, action, heading):
        submission = make_submission(alice, state=state)
        transitions.move(submission, action, now=NOW, actor=adam, version=1, reason="Copied.")
        words = unescape(text_of(browse(alice).get(url(submission))))
        assert f"{heading} Copied." in words

    def test_needs_a_reason(self, browse, alice, adam):
        submission = make_submission(alice, state="approved")
        answer = browse(adam).post(url(submission, "revoke"), {"reason": " "}, follow=True)
        submission.refresh_from_db()
        assert submission.state == "approved"
        assert "Please say why" in text_of(answer)

    @pytest.mark.parametrize("name", ["alice", "rita"])
    def test_is_for_admins(self, browse, people, name):
        submission = make_submission(people.alice, state="approved")
        answer = browse(getattr(people, name)).post(url(submission, "revoke"), {"reason": "No."})
        submission.refresh_from_db()
        assert (answer.status_code, submission.state) == (403, "approved")
