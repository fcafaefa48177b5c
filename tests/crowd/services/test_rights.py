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
from crowd.domain.workflow import State
from crowd.models import Claim, Draft, Event, Grant, IdempotencyKey, Person, PointEntry, Submission, Version
from crowd.services import drafts, people, rights
from crowd.services import points as ledger
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

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=1)


def states_of(person):
    return sorted(Submission.objects.by(person).values_list("state", flat=True))


def points_of(person):
    return sum(PointEntry.objects.filter(person=person).values_list("amount", flat=True))


def make_one_of_each(person):
    return {state: make_submission(person, state=state) for state in State}


class TestWithdrawingAll:
    def test_takes_back_what_can_be(self, alice):
        made = make_one_of_each(alice)
        assert rights.withdraw_all(alice, now=LATER) == len(WITHDRAWABLE)
        assert states_of(alice) == ["rejected"] + ["withdrawn"] * (len(WITHDRAWABLE) + 1)
        assert Submission.objects.get(pk=made["rejected"].pk).updated_at == NOW

    def test_is_told_by_an_event_each(self, alice):
        made = make_one_of_each(alice)
        rights.withdraw_all(alice, now=LATER)
        told = Event.objects.values_list(
            "subject_id", "action", "from_state", "to_state", "version", "actor", "at"
        )
        assert sorted(told) == sorted(
            (str(made[state].public_id), "withdraw", state, "withdrawn", 1, alice.pk, LATER)
            for state in WITHDRAWABLE
        )

    def test_takes_the_points_back(self, alice):
        approved = make_submission(alice, state="approved")
        ledger.award(approved, approved.current_version, now=NOW)
        assert points_of(alice) > 0
        rights.withdraw_all(alice, now=LATER)
        entry = PointEntry.objects.latest("pk")
        assert (points_of(alice), entry.reason, entry.version) == (0, "withdrawn", approved.current_version)

    def test_ends_what_reviewers_hold(self, alice, bob, rita, ravi):
        ended, other = make_claim(make_submission(alice), rita), make_claim(make_submission(bob), ravi)
        rights.withdraw_all(alice, now=LATER)
        assert [Claim.objects.get(pk=claim.pk).ended_at for claim in (ended, other)] == [LATER, None]

    def test_leaves_others_alone(self, alice, bob):
        make_submission(bob)
        rights.withdraw_all(alice, now=LATER)
        assert states_of(bob) == ["in_review"]

    def test_a_second_time_does_nothing(self, alice):
        make_submission(alice)
        assert [rights.withdraw_all(alice, now=LATER) for _ in range(2)] == [1, 0]
        assert Event.objects.count() == 1

    def test_takes_as_many_statements_for_many(self, alice, django_assert_num_queries):
        for count in (1, 3):
            while Submission.objects.filter(state="approved").count() < count:
                approved = make_submission(alice, state="approved")
                ledger.award(approved, approved.current_version, now=NOW)
            with django_assert_num_queries(10):
                rights.withdraw_all(alice, now=LATER)

    def test_goes_through_more_than_one_chunk(self, alice, monkeypatch):
        monkeypatch.setattr(rights, "CHUNK", 2)
        for _ in range(5):
            make_submission(alice)
        assert rights.withdraw_all(alice, now=LATER) == 5
        assert states_of(alice) == ["withdrawn"] * 5

    @pytest.mark.slow
    def test_of_more_than_a_statement_takes_is_whole(self, alice):
        count = rights.CHUNK + 1
        first = make_submission(alice, state="approved")
        rows = Submission.objects.bulk_create(copy_of(first, copy_hash=str(n)) for n in range(count))
        versions = Version.objects.bulk_create(copy_of(first.current_version, submission=row) for row in rows)
        for row, version in zip(rows, versions, strict=True):
            row.current_version = row.approved_version = version
        Submission.objects.bulk_update(rows, ["current_version", "approved_version"], batch_size=100)
        ledger.award(rows[-1], versions[-1], now=NOW)
        assert rights.withdraw_all(alice, now=LATER) == count + 1
        assert set(Submission.objects.values_list("state", flat=True)) == {"withdrawn"}
        assert (points_of(alice), Event.objects.count()) == (0, count + 1)


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


def copy_of(row, **changes):
    """A new row with the columns of another, but for these."""
    unique = {"id", "public_id"}
    columns = {field.attname for field in row._meta.concrete_fields} - unique
    columns -= {f"{name}_id" for name in changes}
    return type(row)(**({name: getattr(row, name) for name in columns} | changes))


def every_value():
    """Every stored value as a text, a session's as what it means."""
    for table in apps.get_models():
        for row in table.objects.all():
            if isinstance(row, Session):
                yield str(row.get_decoded())
                continue
            yield from (str(getattr(row, field.attname)) for field in table._meta.concrete_fields)
