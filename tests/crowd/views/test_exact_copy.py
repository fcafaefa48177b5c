"""A draft whose exact texts are here already: who is told where."""

import pytest
from django.urls import reverse

from tests.support.factories import make_draft, make_grant, make_submission
from tests.support.pages import text_of

pytestmark = pytest.mark.django_db
TEXTS = {"instruction": "Why do swifts scream?", "response": "To find each other at dusk."}


def send(browse, person):
    make_grant(person)
    draft = make_draft(person, **TEXTS)
    return browse(person).post(reverse("crowd:send", args=[draft.public_id]))


def link_to(submission):
    return f'<a href="{reverse("crowd:submission", args=[submission.public_id])}">See them</a>'


class TestRefusal:
    @pytest.mark.parametrize("state", ["in_review", "approved"])
    def test_of_ones_own_leads_there(self, browse, alice, state):
        own = make_submission(alice, state=state, **TEXTS)
        page = send(browse, alice)
        assert link_to(own) in page.content.decode()
        assert "You have sent these exact texts before." in text_of(page)

    def test_of_an_approved_one_leads_there_who_may_read_it(self, browse, alice, adam):
        theirs = make_submission(alice, state="approved", **TEXTS)
        page = send(browse, adam)
        assert link_to(theirs) in page.content.decode()
        assert "These exact texts were already sent." in text_of(page)

    @pytest.mark.parametrize("state", ["in_review", "approved"])
    def test_of_somebody_elses_leads_nowhere(self, browse, alice, bob, state):
        theirs = make_submission(alice, state=state, **TEXTS)
        page = send(browse, bob)
        assert str(theirs.public_id) not in page.content.decode()
        assert "These exact texts were already sent." in text_of(page)

    def test_of_one_that_only_waits_leads_not_even_its_reviewers(self, browse, alice, rita):
        theirs = make_submission(alice, **TEXTS)
        assert str(theirs.public_id) not in send(browse, rita).content.decode()
