import pytest
from django.urls import reverse

from crowd.models import Draft, Submission
from crowd.services import drafts
from tests.support.factories import make_draft, make_person, make_submission
from tests.support.pages import text_of

pytestmark = pytest.mark.django_db
PAIR = {"instruction": "Why do swifts scream?", "response": "To find each other at dusk."}
NEWER = {"instruction": "Why do swifts scream at dusk?", "response": "They gather before they sleep."}


def url(draft, name="draft"):
    return reverse(f"crowd:{name}", kwargs={"public_id": draft.public_id})


def typed(draft):
    draft.refresh_from_db()
    return {"instruction": draft.instruction, "response": draft.response}


class TestStarting:
    def test_makes_a_draft_of_the_category(self, browse, alice):
        answer = browse(alice).post(reverse("crowd:write", args=["summarization"]))
        draft = Draft.objects.get(person=alice)
        assert draft.category.key == "summarization"
        assert answer.headers["Location"] == url(draft)

    def test_twice_takes_the_empty_one_again(self, browse, alice):
        for _ in range(2):
            browse(alice).post(reverse("crowd:write", args=["open_qa"]))
        assert Draft.objects.count() == 1

    @pytest.mark.parametrize("key", ["general_qa", "nonsense"])
    def test_a_category_that_is_not_on_is_not_there(self, browse, alice, key):
        assert browse(alice).post(reverse("crowd:write", args=[key])).status_code == 404
        assert not Draft.objects.exists()

    def test_a_passer_by_comes_back_to_the_contest(self, browse, alice):
        client = browse()
        sign_in = client.post(reverse("crowd:write", args=["open_qa"])).headers["Location"]
        assert sign_in == f"{reverse('account_login')}?next={reverse('crowd:write', args=['open_qa'])}"
        back = browse(alice).get(reverse("crowd:write", args=["open_qa"]))
        assert back.headers["Location"] == reverse("crowd:contest")


class TestForm:
    def test_asks_for_a_passage_where_the_category_does(self, browse, alice):
        form = browse(alice).get(url(make_draft(alice, category="closed_qa"))).context["form"]
        assert list(form.fields) == [
            "edit",
            "passage_url",
            "context",
            "instruction",
            "response",
        ]

    def test_has_no_passage_elsewhere(self, browse, alice):
        form = browse(alice).get(url(make_draft(alice))).context["form"]
        assert list(form.fields) == ["edit", "instruction", "response"]

    def test_shows_why_a_pair_was_returned(self, browse, alice, rita):
        returned = make_submission(alice, state="in_review")
        client = browse(rita)
        client.post(reverse("crowd:review-next"))
        claim = rita.claims.get()
        answer = {"version": 1, "decision": "return", "reason": "Say which number."}
        client.post(reverse("crowd:claim", args=[claim.public_id]), answer)
        page = browse(alice).post(reverse("crowd:revise", args=[returned.public_id]), follow=True)
        assert "Say which number." in text_of(page)

    @pytest.mark.parametrize("name", ["draft", "autosave", "send", "discard"])
    def test_a_strangers_draft_is_not_there(self, browse, alice, bob, name):
        draft = make_draft(alice)
        assert browse(bob).post(url(draft, name), PAIR).status_code == 404
        assert typed(draft) == PAIR


class TestSaving:
    def test_keeps_what_was_typed_as_typed(self, browse, alice):
        draft = make_draft(alice)
        browse(alice).post(url(draft), {"edit": 0, "instruction": "  two\r\nlines ", "response": ""})
        assert typed(draft) == {"instruction": "  two\nlines ", "response": ""}

    def test_a_text_that_no_database_keeps_stands_beside_its_field(self, browse, alice):
        draft = make_draft(alice)
        page = browse(alice).post(url(draft), {"edit": 0, "instruction": "a\x00b", "response": "kept"})
        assert list(page.context["form"].errors) == ["instruction"]
        assert page.context["form"]["instruction"].value() == "a\x00b"
        assert typed(draft) == {**PAIR, "response": "kept"}

    def test_an_address_that_is_too_long_leaves_the_rest_saved(self, browse, alice):
        draft = make_draft(alice, category="closed_qa")
        page = browse(alice).post(url(draft), {"edit": 0, **NEWER, "passage_url": "x" * 2_000})
        assert list(page.context["form"].errors) == ["passage_url"]
        assert typed(draft) == NEWER

    def test_markup_is_shown_as_text(self, browse, alice):
        draft = make_draft(alice, instruction="<script>alert(1)</script>")
        page = browse(alice).get(url(draft)).content.decode()
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
        assert "<script>alert" not in page


class TestAutosave:
    def test_answers_with_the_number_of_the_save(self, browse, alice):
        draft = make_draft(alice)
        answer = browse(alice).post(url(draft, "autosave"), {"edit": 0, **NEWER})
        assert answer.json() == {"edit": 1}
        assert typed(draft) == NEWER

    def test_another_tab_is_a_conflict(self, browse, alice):
        draft = make_draft(alice, edit=3)
        answer = browse(alice).post(url(draft, "autosave"), {"edit": 2, **NEWER})
        assert (answer.status_code, answer.json()) == (409, {"edit": 3})
        assert typed(draft) == PAIR

    def test_the_same_texts_again_are_none(self, browse, alice):
        draft = make_draft(alice, edit=3)
        answer = browse(alice).post(url(draft, "autosave"), {"edit": 2, **PAIR})
        assert (answer.status_code, answer.json()) == (200, {"edit": 3})


class TestTwoWindows:
    def test_both_texts_are_on_the_page(self, browse, alice):
        draft = make_draft(alice, edit=3)
        page = browse(alice).post(url(draft), {"edit": 2, **NEWER})
        assert page.status_code == 409
        assert page.context["form"]["instruction"].value() == NEWER["instruction"]
        assert PAIR["instruction"] in text_of(page)
        assert typed(draft) == PAIR

    def test_saving_again_keeps_the_typed_one(self, browse, alice):
        draft = make_draft(alice, edit=3)
        client = browse(alice)
        edit = client.post(url(draft), {"edit": 2, **NEWER}).context["form"]["edit"].value()
        client.post(url(draft), {"edit": edit, **NEWER})
        assert typed(draft) == NEWER


class TestSending:
    def test_sends_what_stands_in_the_form(self, browse, writer):
        draft = make_draft(writer)
        answer = browse(writer).post(url(draft, "send"), {"edit": 0, **NEWER})
        sent = Submission.objects.get()
        assert answer.headers["Location"] == reverse("crowd:submission", args=[sent.public_id])
        assert sent.state == "checking"
        assert sent.current_version.instruction == NEWER["instruction"]
        assert not Draft.objects.exists()

    def test_a_double_click_sends_once(self, browse, writer):
        draft = make_draft(writer)
        client = browse(writer)
        first = client.post(url(draft, "send"), {"edit": 0, **NEWER})
        second = client.post(url(draft, "send"), {"edit": 0, **NEWER})
        assert second.headers["Location"] == first.headers["Location"]
        assert Submission.objects.count() == 1

    @pytest.mark.parametrize("meanwhile", ["sent", "discarded"])
    def test_a_click_that_loses_the_race_finds_what_became_of_it(
        self, browse, writer, monkeypatch, meanwhile
    ):
        draft, save = make_draft(writer, **NEWER), drafts.save

        def too_late(seen, **fields):
            if meanwhile == "sent":
                drafts.send(writer, seen.public_id, now=fields["now"])
            else:
                drafts.discard(Draft.objects.get(pk=seen.pk))
            return save(seen, **fields)

        monkeypatch.setattr(drafts, "save", too_late)
        answer = browse(writer).post(url(draft, "send"), {"edit": 0, **NEWER})
        if meanwhile == "sent":
            assert answer.headers["Location"].startswith("/submissions/")
        else:
            assert answer.status_code == 404

    def test_a_refused_text_is_saved_and_says_why_beside_its_field(self, browse, writer):
        draft = make_draft(writer)
        page = browse(writer).post(url(draft, "send"), {"edit": 0, **NEWER, "response": " "})
        assert list(page.context["form"].errors) == ["response"]
        assert typed(draft) == {**NEWER, "response": " "}
        assert not Submission.objects.exists()

    def test_a_missing_passage_stands_beside_its_fields(self, browse, writer):
        draft = make_draft(writer, category="closed_qa")
        page = browse(writer).post(url(draft, "send"), {"edit": 0, **NEWER})
        assert "context" in page.context["form"].errors
        assert Draft.objects.count() == 1

    def test_without_the_grant_one_reads_it_first(self, browse, alice):
        draft = make_draft(alice)
        answer = browse(alice).post(url(draft, "send"), {"edit": 0, **NEWER})
        assert answer.headers["Location"] == f"{reverse('crowd:grant')}?next={url(draft).replace('/', '%2F')}"
        assert typed(draft) == NEWER

    def test_a_copy_of_ones_own_is_linked(self, browse, writer):
        own = make_submission(writer, **PAIR)
        page = browse(writer).post(url(make_draft(writer), "send"), {"edit": 0, **PAIR})
        assert reverse("crowd:submission", args=[own.public_id]) in page.content.decode()
        assert Submission.objects.count() == 1

    def test_a_copy_of_somebody_elses_is_not(self, browse, writer, bob):
        theirs = make_submission(bob, **PAIR)
        page = browse(writer).post(url(make_draft(writer), "send"), {"edit": 0, **PAIR})
        assert "already sent" in text_of(page)
        assert str(theirs.public_id) not in page.content.decode()

    def test_a_draft_of_nothing_is_not_there(self, browse, writer):
        draft = make_draft(writer)
        address = url(draft, "send")
        draft.delete()
        assert browse(writer).post(address, PAIR).status_code == 404


class TestExpiredSession:
    def test_what_was_typed_waits_behind_the_sign_in(self, browse, alice):
        draft = make_draft(alice)
        client = browse()
        answer = client.post(url(draft, "send"), {"edit": 0, **NEWER})
        assert answer.headers["Location"] == f"{reverse('account_login')}?next={url(draft)}"
        client.force_login(alice)
        page = client.get(url(draft))
        assert page.context["form"]["instruction"].value() == NEWER["instruction"]
        assert "Your text is back" in text_of(page)

    def test_it_is_gone_from_there_once_saved(self, browse, alice):
        draft = make_draft(alice)
        client = browse()
        client.post(url(draft), {"edit": 0, **NEWER})
        client.force_login(alice)
        client.post(url(draft), {"edit": 0, **NEWER})
        assert "Your text is back" not in text_of(client.get(url(draft)))

    def test_nobody_else_gets_to_see_it(self, browse, alice, bob):
        draft = make_draft(alice)
        client = browse()
        client.post(url(draft), {"edit": 0, **NEWER})
        client.force_login(bob)
        assert client.get(url(draft)).status_code == 404

    def test_nothing_is_kept_for_a_draft_that_is_none(self, browse, alice):
        draft = make_draft(alice)
        address = url(draft)
        draft.delete()
        client = browse()
        client.post(address, NEWER)
        assert dict(client.session) == {}


class TestDiscarding:
    def test_throws_the_draft_away(self, browse, alice):
        browse(alice).post(url(make_draft(alice), "discard"))
        assert not Draft.objects.exists()

    def test_takes_a_press_not_a_link(self, browse, alice):
        draft = make_draft(alice)
        assert browse(alice).get(url(draft, "discard")).status_code == 405
        assert typed(draft) == PAIR


def test_send_by_link_after_signing_in_goes_to_the_draft(browse):
    draft = make_draft(make_person("carol"))
    assert browse(draft.person).get(url(draft, "send")).headers["Location"] == url(draft)
