"""A person leaves: what is erased, what is kept without a name, and what they can do no longer."""

from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.apps import apps
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth import authenticate
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.test import Client
from knox.models import AuthToken

from crowd.domain.rights import WITHDRAWABLE, Records
from crowd.models import Claim, Draft, Event, Grant, IdempotencyKey, Person, Submission, Version
from crowd.services import drafts, people, rights
from crowd.services import submission as submissions
from crowd.services.errors import Conflict
from crowd.services.submission import Content
from tests.support.factories import (
    NOW,
    PASSWORD,
    make_claim,
    make_draft,
    make_grant,
    make_person,
    make_submission,
)
from tests.support.rights import make_one_of_each, states_of

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(hours=1)


class TestLeaving:
    def test_erases_who_they_are(self, alice):
        rights.leave(alice, records=Records.KEEP, now=LATER)
        gone = Person.objects.get(pk=alice.pk)
        assert (gone.name, gone.email, str(gone)) == (
            "",
            f"left-{alice.pk}@left.invalid",
            "Somebody who has left",
        )
        assert (gone.is_active, gone.role, gone.left_at, gone.last_login) == (
            False,
            "contributor",
            LATER,
            None,
        )

    def test_ends_every_way_in(self, alice):
        browser = Client()
        browser.force_login(alice)
        token = people.create_token(alice, now=NOW)
        EmailAddress.objects.create(user=alice, email=alice.email)
        SocialAccount.objects.create(user=alice, provider="sso", uid="7", extra_data={"name": "Alice"})
        rights.leave(alice, records=Records.KEEP, now=LATER)
        assert browser.get("/mine/").status_code == 302
        bearer = {"Authorization": f"Bearer {token}"}
        assert Client().get("/api/v1/submissions/", headers=bearer).status_code == 401
        assert authenticate(None, email="alice@flock.example", password=PASSWORD) is None
        stored = [table.objects.count() for table in (Session, AuthToken, EmailAddress, SocialAccount)]
        assert stored == [0, 0, 0, 0]

    def test_leaves_the_sessions_of_others(self, alice, bob):
        browser = Client()
        browser.force_login(bob)
        rights.leave(alice, records=Records.KEEP, now=LATER)
        assert browser.get("/mine/").status_code == 200

    def test_sets_the_address_free(self, alice):
        rights.leave(alice, records=Records.KEEP, now=LATER)
        again = people.create("alice@flock.example", role="contributor", now=LATER).person
        assert again.pk != alice.pk
        assert states_of(again) == []

    def test_deletes_what_was_theirs_alone(self, alice, bob):
        make_draft(alice)
        kept = make_draft(bob)
        for person in (alice, bob):
            IdempotencyKey.objects.create(
                person=person, key="k", request_sha256="0", status=201, answer={}, created_at=NOW
            )
        rights.leave(alice, records=Records.KEEP, now=LATER)
        assert list(Draft.objects.all()) == [kept]
        assert [key.person for key in IdempotencyKey.objects.all()] == [bob]

    def test_lets_go_of_what_they_review(self, alice, rita):
        claim = make_claim(make_submission(alice), rita)
        rights.leave(rita, records=Records.KEEP, now=LATER)
        assert Claim.objects.get(pk=claim.pk).ended_at == LATER

    def test_keeps_the_records_with_their_author_grant_and_history(self, alice):
        approved = make_submission(alice, state="approved")
        rights.leave(alice, records=Records.KEEP, now=LATER)
        kept = Submission.objects.get()
        assert (kept.state, kept.author_id, kept.approved_version) == (
            "approved",
            alice.pk,
            approved.approved_version,
        )
        assert Grant.objects.get().person_id == alice.pk

    def test_kept_ones_go_but_for_those_that_could_never_get_on(self, alice):
        make_one_of_each(alice)
        again = make_submission(alice, state="approved")
        Submission.objects.filter(pk=again.pk).update(state="returned")
        assert rights.leave(alice, records=Records.KEEP, now=LATER) == 1
        assert states_of(alice) == [
            "approved",
            "checking",
            "in_review",
            "rejected",
            "returned",
            "withdrawn",
            "withdrawn",
        ]
        assert Submission.objects.get(state="returned") == again

    def test_withdraws_them_where_the_person_says_so(self, alice):
        make_one_of_each(alice)
        assert rights.leave(alice, records=Records.WITHDRAW, now=LATER) == len(WITHDRAWABLE)
        assert states_of(alice) == ["rejected"] + ["withdrawn"] * (len(WITHDRAWABLE) + 1)

    def test_is_told_without_a_name(self, alice):
        rights.leave(alice, records=Records.WITHDRAW, now=LATER)
        event = Event.objects.get(action="leave")
        assert (event.actor_id, event.subject_kind, event.subject_id, event.reason) == (
            alice.pk,
            "person",
            str(alice.pk),
            "",
        )
        assert event.data == '{"records":"withdraw","withdrawn":0}'

    def test_takes_the_name_from_what_the_admin_site_noted(self, alice, adam):
        kind = ContentType.objects.get_for_model(Person)
        for person in (alice, adam):
            LogEntry.objects.create(
                user=adam,
                content_type=kind,
                object_id=str(person.pk),
                object_repr=str(person),
                action_flag=CHANGE,
            )
        rights.leave(alice, records=Records.KEEP, now=LATER)
        assert list(LogEntry.objects.order_by("pk").values_list("object_repr", flat=True)) == ["", "Adam"]

    def test_leaves_neither_name_nor_address_anywhere(self, alice):
        browser = Client()
        browser.post("/accounts/login/", {"login": alice.email, "password": PASSWORD})
        make_grant(alice)
        make_one_of_each(alice)
        make_draft(alice)
        EmailAddress.objects.create(user=alice, email=alice.email)
        assert [row for row in every_value() if "alice" in row.casefold()] != []
        rights.leave(alice, records=Records.KEEP, now=LATER)
        assert [row for row in every_value() if "alice" in row.casefold()] == []

    def test_once_is_enough(self, alice):
        rights.leave(alice, records=Records.KEEP, now=LATER)
        with pytest.raises(Conflict, match="left already"):
            rights.leave(alice, records=Records.KEEP, now=LATER)
        assert Event.objects.filter(action="leave").count() == 1

    @pytest.mark.parametrize(
        "step",
        ["points.take_back_together", "sign_ins.end", "rights._erase", "events.record"],
    )
    def test_happens_whole_or_not_at_all(self, alice, monkeypatch, step):
        make_one_of_each(alice)
        make_draft(alice)
        before = sorted(every_value())

        def broken(*_arguments, **_facts):
            raise OSError(step)

        monkeypatch.setattr(f"crowd.services.{step}", broken)
        with pytest.raises(OSError, match=step):
            rights.leave(alice, records=Records.WITHDRAW, now=LATER)
        assert sorted(every_value()) == before


class TestAdmins:
    def test_the_last_one_cannot_leave(self, adam):
        make_person("former", role="admin", is_active=False)
        with pytest.raises(rights.LastAdmin):
            rights.leave(adam, records=Records.KEEP, now=LATER)
        assert Person.objects.get(pk=adam.pk).left_at is None

    def test_another_can(self, adam, ada):
        rights.leave(adam, records=Records.KEEP, now=LATER)
        with pytest.raises(rights.LastAdmin):
            rights.leave(ada, records=Records.KEEP, now=LATER)


class TestWhoHasLeft:
    @pytest.fixture
    def gone(self, alice):
        """Alice as a request that was under way still has her."""
        make_grant(alice)
        rights.leave(Person.objects.get(pk=alice.pk), records=Records.KEEP, now=LATER)
        return alice

    def test_sends_nothing(self, gone):
        category = make_submission(make_person("carol")).current_version.category
        with pytest.raises(Conflict, match="has left"):
            submissions.submit(gone, Content(category, "Why do swifts scream?", "They talk."), now=LATER)
        assert states_of(gone) == []
        assert Version.objects.count() == 1

    def test_begins_no_draft(self, gone):
        category = make_submission(make_person("carol")).current_version.category
        with pytest.raises(Conflict, match="has left"):
            drafts.start(gone, category, now=LATER)
        assert not Draft.objects.exists()

    def test_revises_nothing(self, gone):
        sent = make_submission(gone, state="approved")
        with pytest.raises(Conflict, match="has left"):
            drafts.revise(gone, sent, now=LATER)
        version = sent.current_version
        content = Content(version.category, version.instruction, "Another response, and a longer one.")
        with pytest.raises(Conflict, match="has left"):
            submissions.resubmit(sent, content, person=gone, now=LATER)
        assert Version.objects.count() == 1


def every_value():
    """Every stored value as a text, a session's as what it means."""
    for table in apps.get_models():
        for row in table.objects.all():
            if isinstance(row, Session):
                yield str(row.get_decoded())
                continue
            yield from (str(getattr(row, field.attname)) for field in table._meta.concrete_fields)
