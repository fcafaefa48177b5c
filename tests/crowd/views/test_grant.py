import pytest
from django.urls import reverse

from crowd.models import Grant, GrantWording
from crowd.services import grants
from tests.support.factories import make_draft, make_grant
from tests.support.pages import text_of

pytestmark = pytest.mark.django_db
PAGE = reverse("crowd:grant")
YES = {"version": "1", "own_words": "on", "licence": "on"}


class TestAccepting:
    def test_keeps_the_wording_that_was_seen(self, browse, alice):
        browse(alice).post(PAGE, YES)
        grant = Grant.objects.get(person=alice)
        assert grant.wording == GrantWording.objects.current()

    def test_goes_on_to_where_one_was(self, browse, alice):
        answer = browse(alice).post(PAGE, {**YES, "next": "/mine/"})
        assert answer.headers["Location"] == "/mine/"

    def test_says_what_is_left_to_do(self, browse, alice):
        client = browse(alice)
        draft = reverse("crowd:draft", kwargs={"public_id": make_draft(alice).public_id})
        assert "Now send your pair." in text_of(client.post(PAGE, {**YES, "next": draft}, follow=True))

    @pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example", "javascript:alert(1)"])
    def test_never_leads_to_another_site(self, browse, alice, elsewhere):
        answer = browse(alice).post(PAGE, {**YES, "next": elsewhere})
        assert answer.headers["Location"] == PAGE

    @pytest.mark.parametrize("missing", ["own_words", "licence"])
    def test_both_are_needed(self, browse, alice, missing):
        page = browse(alice).post(PAGE, {name: value for name, value in YES.items() if name != missing})
        assert list(page.context["form"].errors) == [missing]
        assert not Grant.objects.exists()

    def test_an_older_wording_is_not_accepted(self, browse, alice):
        grants.add_wording("Another text.", licence="CC-BY-SA-4.0")
        page = browse(alice).post(PAGE, YES)
        assert "The wording has changed" in text_of(page)
        assert "Another text." in text_of(page)
        assert not Grant.objects.exists()

    def test_is_shown_with_its_date_afterwards(self, browse, alice):
        make_grant(alice)
        assert "You accepted version 1 on 4 March 2026" in text_of(browse(alice).get(PAGE))


def test_a_passer_by_signs_in_first(browse):
    assert browse().get(PAGE).headers["Location"] == f"{reverse('account_login')}?next={PAGE}"
