import time
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from crowd.models import Event, Person, Submission
from crowd.services import rights_parts
from crowd.services.rights_parts import Part, Use
from tests.support.archives import opened
from tests.support.factories import NOW, PASSWORD, make_draft, make_grant, make_submission
from tests.support.pages import text_of

pytestmark = pytest.mark.django_db
MY_DATA, DOWNLOAD = reverse("crowd:my-data"), reverse("crowd:my-data-download")
WITHDRAW_ALL, LEAVE = reverse("crowd:withdraw-all"), reverse("crowd:leave")
GOODBYE = {"records": "keep", "confirm": "alice@flock.example", "password": PASSWORD}


@pytest.fixture
def used(monkeypatch):
    """`used(submission, …)`: says where submissions were used, as another app would."""

    def say(submission, *uses):
        part = Part((), uses=lambda keys: {submission.pk: list(uses)} if submission.pk in keys else {})
        monkeypatch.setattr(rights_parts, "_parts", {"other": part})

    return say


def withdraw_page(submission):
    return reverse("crowd:withdraw-one", args=[submission.public_id])


class TestMyData:
    def test_is_linked_from_every_page(self, browse, alice):
        assert f'href="{MY_DATA}"' in browse(alice).get("/").content.decode()

    def test_shows_what_is_stored(self, browse, alice):
        make_grant(alice)
        make_draft(alice)
        make_submission(alice, state="approved", instruction="Why do swifts scream?")
        page = text_of(browse(alice).get(MY_DATA))
        assert "texts you sent 1" in page
        assert "alice@flock.example" in page
        assert "version 1, accepted on 4 March 2026" in page
        assert "Why do swifts scream?" in page
        assert "no release yet" in page

    def test_shows_where_a_text_was_used(self, browse, alice, used):
        sent = make_submission(alice, state="approved")
        used(sent, Use("1.1.0", 1, NOW, None), Use("1.0.0", 1, NOW, NOW, ("1.0.0 · smoke · 5f6d2c1e",)))
        answer = browse(alice).get(MY_DATA)
        assert "Release 1.1.0 (not published)" in text_of(answer)
        assert "Release 1.0.0 1 model learned from it 1.0.0 · smoke · 5f6d2c1e" in text_of(answer)
        assert reverse("exports:release", args=["1.0.0"]) in answer.content.decode()
        assert reverse("exports:release", args=["1.1.0"]) not in answer.content.decode()

    def test_offers_to_withdraw_what_can_be(self, browse, alice):
        sent = {state: make_submission(alice, state=state) for state in ("approved", "rejected", "withdrawn")}
        page = browse(alice).get(MY_DATA).content.decode()
        assert [state for state, submission in sent.items() if withdraw_page(submission) in page] == [
            "approved"
        ]

    def test_is_kind_to_who_has_sent_nothing(self, browse, alice, bob):
        make_submission(bob)
        page = text_of(browse(alice).get(MY_DATA))
        assert "Nothing sent yet" in page
        assert "Withdraw everything" not in page

    def test_queries_do_not_grow(self, browse, alice, django_assert_num_queries):
        client = browse(alice)
        for count in (1, 3):
            while alice.submissions.count() < count:
                make_submission(alice, state="approved")
            with django_assert_num_queries(9):
                client.get(MY_DATA)

    @pytest.mark.parametrize("page", [MY_DATA, DOWNLOAD, WITHDRAW_ALL, LEAVE])
    def test_is_for_who_signed_in(self, browse, page):
        assert browse().get(page).headers["Location"] == f"{reverse('account_login')}?next={page}"


class TestDownload:
    def test_is_a_zip_of_ones_own(self, browse, alice, bob):
        make_draft(alice, instruction="Half a thought")
        make_draft(bob)
        answer = browse(alice).get(DOWNLOAD)
        found = opened(b"".join(answer.streaming_content))
        assert [draft["instruction"] for draft in found["drafts.json"]] == ["Half a thought"]
        assert (answer["Content-Type"], answer["Cache-Control"], answer["Content-Disposition"]) == (
            "application/zip",
            "no-store",
            'attachment; filename="flock-my-data.zip"',
        )

    def test_writes_nothing(self, browse, alice):
        b"".join(browse(alice).get(DOWNLOAD).streaming_content)
        assert not Event.objects.exists()


class TestWithdrawingOne:
    def test_says_what_it_means_first(self, browse, alice, used):
        sent = make_submission(alice, state="approved")
        used(sent, Use("1.0.0", 1, NOW, NOW))
        page = text_of(browse(alice).get(withdraw_page(sent)))
        assert "A release that is already out does not change" in page
        assert "Release 1.0.0" in page
        assert Submission.objects.get().state == "approved"

    def test_takes_it_back(self, browse, alice):
        sent, kept = make_submission(alice), make_submission(alice)
        page = browse(alice).post(withdraw_page(sent), follow=True)
        assert page.redirect_chain == [(MY_DATA, 302)]
        assert "It stays out of every later release" in text_of(page)
        assert [Submission.objects.get(pk=one.pk).state for one in (sent, kept)] == ["withdrawn", "in_review"]

    @pytest.mark.parametrize("method", ["get", "post"])
    def test_a_second_time_changes_nothing(self, browse, alice, method):
        sent = make_submission(alice, state="withdrawn")
        page = getattr(browse(alice), method)(withdraw_page(sent), follow=True)
        assert "had already been taken back" in text_of(page)
        assert not Event.objects.exists()

    @pytest.mark.parametrize("method", ["get", "post"])
    def test_of_somebody_else_is_not_there(self, browse, alice, bob, method):
        sent = make_submission(alice)
        assert getattr(browse(bob), method)(withdraw_page(sent)).status_code == 404
        assert Submission.objects.get().state == "in_review"


class TestWithdrawingAll:
    def test_says_how_many_first(self, browse, alice):
        for state in ("approved", "in_review", "rejected"):
            make_submission(alice, state=state)
        assert "2 texts would be withdrawn" in text_of(browse(alice).get(WITHDRAW_ALL))
        assert not Submission.objects.filter(state="withdrawn").exists()

    def test_takes_them_back(self, browse, alice, bob):
        for person in (alice, alice, bob):
            make_submission(person)
        page = browse(alice).post(WITHDRAW_ALL, follow=True)
        assert "2 texts are withdrawn" in text_of(page)
        assert sorted(Submission.objects.values_list("author__name", "state")) == [
            ("Alice", "withdrawn"),
            ("Alice", "withdrawn"),
            ("Bob", "in_review"),
        ]

    def test_of_nothing_says_so(self, browse, alice):
        assert "There is nothing to withdraw" in text_of(browse(alice).get(WITHDRAW_ALL))
        page = browse(alice).post(WITHDRAW_ALL, follow=True)
        assert "There was nothing to withdraw." in text_of(page)


class TestLeaving:
    def test_erases_signs_out_and_thanks(self, browse, alice):
        client = browse(alice)
        page = client.post(LEAVE, GOODBYE, follow=True)
        assert page.redirect_chain == [("/", 302)]
        assert "Thank you for what you gave" in text_of(page)
        assert not page.wsgi_request.user.is_authenticated
        assert Person.objects.get(pk=alice.pk).left_at is not None

    def test_shows_the_wording_that_was_accepted(self, browse, alice):
        grant = make_grant(alice)
        assert grant.wording.text.split("\n", maxsplit=1)[0] in text_of(browse(alice).get(LEAVE))

    @pytest.mark.parametrize(("choice", "state"), [("keep", "approved"), ("withdraw", "withdrawn")])
    def test_does_with_the_records_what_was_chosen(self, browse, alice, choice, state):
        make_submission(alice, state="approved")
        browse(alice).post(LEAVE, {**GOODBYE, "records": choice})
        assert Submission.objects.get().state == state

    def test_the_address_may_be_typed_in_any_case(self, browse, alice):
        browse(alice).post(LEAVE, {**GOODBYE, "confirm": " Alice@Flock.Example "})
        assert Person.objects.get(pk=alice.pk).left_at is not None

    @pytest.mark.parametrize(
        ("field", "wrong"),
        [
            ("records", "sell"),
            ("records", ""),
            ("confirm", "bob@flock.example"),
            ("confirm", ""),
            ("password", "wrong"),
            ("password", ""),
            ("password", f" {PASSWORD}"),
        ],
    )
    def test_needs_all_three(self, browse, alice, field, wrong):
        page = browse(alice).post(LEAVE, {**GOODBYE, field: wrong})
        assert (page.status_code, list(page.context["form"].errors)) == (400, [field])
        assert Person.objects.get(pk=alice.pk).left_at is None

    def test_never_shows_a_password_again(self, browse, alice):
        page = browse(alice).post(LEAVE, {**GOODBYE, "confirm": ""})
        assert PASSWORD not in page.content.decode()

    def test_passwords_cannot_be_tried_without_end(self, browse, alice):
        client = browse(alice)
        answers = [client.post(LEAVE, {**GOODBYE, "password": "wrong"}).status_code for _ in range(11)]
        assert answers == [400] * 10 + [429]
        assert client.post(LEAVE, GOODBYE).status_code == 429
        assert Person.objects.get(pk=alice.pk).left_at is None

    def test_the_last_admin_is_asked_to_find_another(self, browse, adam):
        page = browse(adam).post(LEAVE, {**GOODBYE, "confirm": adam.email})
        assert page.status_code == 409
        assert "make somebody else an admin first" in text_of(page)
        assert Person.objects.get(pk=adam.pk).left_at is None

    def test_needs_a_token_of_the_page(self, alice):
        client = Client(enforce_csrf_checks=True)
        client.force_login(alice)
        assert client.post(LEAVE, GOODBYE).status_code == 403
        assert Person.objects.get(pk=alice.pk).left_at is None


class TestWhoComesFromADirectory:
    """There is no password to ask for; the session must have begun a moment ago."""

    @pytest.fixture
    def carol(self, db):
        return Person.objects.create_user("carol@flock.example", name="Carol")

    def signed_in(self, client, person, *, ago):
        client.force_login(person)
        session = client.session
        session["account_authentication_methods"] = [
            {"method": "socialaccount", "at": time.time() - ago.total_seconds()}
        ]
        session["account_authentication_methods_user"] = str(person.pk)
        session.save()
        return client

    def test_leaves_after_signing_in(self, client, carol):
        browser = self.signed_in(client, carol, ago=timedelta(minutes=1))
        assert "Your password" not in text_of(browser.get(LEAVE))
        browser.post(LEAVE, {"records": "keep", "confirm": "carol@flock.example"})
        assert Person.objects.get(pk=carol.pk).left_at is not None

    @pytest.mark.parametrize("method", ["get", "post"])
    def test_signs_in_again_where_that_was_long_ago(self, client, carol, method):
        browser = self.signed_in(client, carol, ago=timedelta(minutes=10))
        page = getattr(browser, method)(LEAVE, {"records": "keep", "confirm": "carol@flock.example"})
        assert "Please sign in again first" in text_of(page)
        assert Person.objects.get(pk=carol.pk).left_at is None

    def test_comes_back_to_the_page(self, client, carol):
        browser = self.signed_in(client, carol, ago=timedelta(minutes=10))
        form = {"next": f"{reverse('account_login')}?next={LEAVE}"}
        answer = browser.post(reverse("account_logout"), form)
        assert answer.headers["Location"] == form["next"]
