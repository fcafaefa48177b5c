from dataclasses import replace

from django.urls import reverse

from crowd.models import Submission
from tests.support.factories import NOW, make_passage, make_submission
from tests.support.pages import text_of
from tests.support.wiki import NOT_THERE, send, work


class TestThePages:
    def test_say_unverified_until_then(self, client, alice):
        client.force_login(alice)
        submission = make_submission(alice, category="closed_qa", passage=make_passage())
        page = text_of(client.get(reverse("crowd:submission", args=[submission.public_id])))
        assert "unverified" in page

    def test_say_verified_with_its_date(self, client, alice):
        client.force_login(alice)
        submission = make_submission(alice, category="closed_qa", passage=make_passage(verified_at=NOW))
        page = text_of(client.get(reverse("crowd:submission", args=[submission.public_id])))
        assert ("verified 4 Mar 2026" in page, "unverified" in page) == (True, False)

    def test_show_the_remark_beside_the_passage(self, client, writer, quoting, clock):
        send(writer, replace(quoting, context="Something else."))
        work(clock)
        client.force_login(writer)
        page = text_of(client.get(reverse("crowd:submission", args=[Submission.objects.get().public_id])))
        assert NOT_THERE[0][2] in page
