import pytest

from crowd.domain.workflow import State
from crowd.models import Category, Draft, Submission
from crowd.services import drafts, idempotency
from crowd.services.errors import Conflict, GrantMissing, Refused
from tests.support.factories import NOW, make_draft, make_submission


class TestStart:
    def test_makes_an_empty_draft(self, alice):
        draft = drafts.start(alice, Category.objects.get(key="open_qa"), now=NOW)
        assert (Draft.objects.get(), draft.is_empty) == (draft, True)

    def test_uses_an_empty_one_again(self, alice):
        category = Category.objects.get(key="open_qa")
        assert drafts.start(alice, category, now=NOW) == drafts.start(alice, category, now=NOW)


class TestSave:
    def test_stores_what_stands_in_the_form_and_counts(self, alice):
        draft = make_draft(alice)
        assert drafts.save(draft, texts={"response": "a\r\nb", "state": "approved"}, edit=0, now=NOW) == 1
        draft.refresh_from_db()
        assert (draft.response, draft.instruction, draft.edit) == ("a\nb", "Why do swifts scream?", 1)

    def test_another_tab_cannot_overwrite(self, alice):
        draft = make_draft(alice)
        drafts.save(draft, texts={"response": "newer"}, edit=0, now=NOW)
        with pytest.raises(Conflict, match="another tab"):
            drafts.save(draft, texts={"response": "older"}, edit=0, now=NOW)
        assert Draft.objects.get().response == "newer"


class TestSend:
    def test_makes_a_submission_of_it(self, writer):
        draft = make_draft(writer)
        public_id = drafts.send(writer, draft.public_id, now=NOW)
        assert str(Submission.objects.get().public_id) == public_id
        assert Draft.objects.count() == 0

    def test_a_double_click_sends_once(self, writer):
        draft = make_draft(writer)
        first = drafts.send(writer, draft.public_id, now=NOW)
        assert drafts.send(writer, draft.public_id, now=NOW) == first
        assert Submission.objects.count() == 1

    def test_a_key_of_ones_own_never_takes_its_place(self, writer):
        draft = make_draft(writer)
        idempotency.once(
            writer, f"draft:{draft.public_id}", request={}, now=NOW, answer=lambda: (201, {"id": "x"})
        )
        assert drafts.send(writer, draft.public_id, now=NOW) == str(Submission.objects.get().public_id)

    def test_a_draft_that_is_refused_stays(self, writer):
        draft = make_draft(writer, response="")
        with pytest.raises(Refused):
            drafts.send(writer, draft.public_id, now=NOW)
        assert (Draft.objects.get(), Submission.objects.count()) == (draft, 0)

    def test_a_draft_without_the_grant_stays(self, alice):
        draft = make_draft(alice)
        with pytest.raises(GrantMissing):
            drafts.send(alice, draft.public_id, now=NOW)
        assert Draft.objects.get() == draft

    def test_nobody_sends_a_draft_of_somebody_else(self, writer, bob):
        draft = make_draft(bob)
        with pytest.raises(Draft.DoesNotExist):
            drafts.send(writer, draft.public_id, now=NOW)

    def test_a_revision_becomes_the_next_version(self, writer):
        submission = make_submission(writer, state=State.RETURNED)
        draft = drafts.revise(writer, submission, now=NOW)
        drafts.save(draft, texts={"response": "Now with a reason."}, edit=0, now=NOW)
        drafts.send(writer, draft.public_id, now=NOW)
        submission.refresh_from_db()
        assert (submission.current_version.number, submission.current_version.response) == (
            2,
            "Now with a reason.",
        )

    def test_a_revision_begins_with_the_current_texts(self, writer):
        submission = make_submission(writer, state=State.RETURNED)
        draft = drafts.revise(writer, submission, now=NOW)
        assert draft.instruction == submission.current_version.instruction
        assert drafts.revise(writer, submission, now=NOW) == draft
