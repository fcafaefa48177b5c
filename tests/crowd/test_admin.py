import json
from datetime import UTC, datetime
from importlib import import_module

import pytest
from django.apps import apps
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from crowd.domain.rights import erased_email
from crowd.models import Category, Contest, ContestCategory, Event, GrantWording, Person, Submission
from crowd.services import administration, events
from crowd.services.errors import Conflict
from tests.support.factories import NOW, make_person, make_submission

pytestmark = pytest.mark.django_db
READ_ONLY = ("submission", "event", "job")
PAGES = ("person", "contest", "category", "grantwording", *READ_ONLY)


@pytest.fixture
def office(ada):
    client = Client()
    client.force_login(ada)
    return client


@pytest.mark.parametrize("model", PAGES)
def test_lists(office, alice, model):
    make_submission(alice)
    assert office.get(reverse(f"admin:crowd_{model}_changelist")).status_code == 200


@pytest.mark.parametrize("model", READ_ONLY)
def test_what_services_write_cannot_be_added(office, model):
    assert office.get(reverse(f"admin:crowd_{model}_add")).status_code == 403


def test_a_state_cannot_be_changed(office, alice):
    submission = make_submission(alice)
    page = reverse("admin:crowd_submission_change", args=[submission.pk])
    assert office.get(page).status_code == 200
    assert office.post(page, {"state": "approved"}).status_code == 403
    assert Submission.objects.get().state == "in_review"


def test_a_person_is_added_with_a_password(office):
    fields = {"email": "carol@flock.example", "name": "Carol", "role": "reviewer", "usable_password": "true"}
    office.post(
        reverse("admin:crowd_person_add"),
        {**fields, "password1": "kingfisher-27", "password2": "kingfisher-27"},
    )
    carol = Person.objects.get(email="carol@flock.example")
    assert carol.role == "reviewer"
    assert carol.check_password("kingfisher-27")


def test_a_persons_role_is_changed(office, alice):
    page = reverse("admin:crowd_person_change", args=[alice.pk])
    office.post(page, {"email": alice.email, "name": "Alice", "role": "reviewer", "is_active": "on"})
    alice.refresh_from_db()
    assert alice.is_reviewer


def test_a_time_zone_has_to_exist(office):
    contest = Contest.objects.get()
    page = office.post(
        reverse("admin:crowd_contest_change", args=[contest.pk]), {"name": "A", "time_zone": "Mars/Olympus"}
    )
    assert "There is no such time zone" in page.content.decode()
    contest.refresh_from_db()
    assert contest.time_zone == "UTC"


class TestWhenAContestIs:
    """Its beginning and end are typed and shown by the clock of its own zone."""

    def sent(self, office, **changes):
        contest = Contest.objects.get()
        page = office.post(contest_page(contest), contest_form(contest, **changes), follow=True)
        contest.refresh_from_db()
        return contest, page.content.decode()

    def test_an_hour_is_one_of_its_zone(self, office):
        typed = {"ends_at_0": "2026-12-31", "ends_at_1": "18:00:00"}
        contest, _page = self.sent(office, time_zone="Asia/Kathmandu", **typed)
        assert contest.ends_at == datetime(2026, 12, 31, 12, 15, tzinfo=UTC)
        shown = office.get(contest_page(contest)).content.decode()
        assert ('value="2026-12-31"' in shown, 'value="18:00:00"' in shown) == (True, True)
        listed = office.get(reverse("admin:crowd_contest_changelist")).content.decode()
        assert "31 Dec 2026, 18:00 +0545" in listed

    def test_stays_at_its_hour_in_another_zone(self, office):
        typed = {"ends_at_0": "2026-12-31", "ends_at_1": "18:00:00"}
        self.sent(office, **typed)
        contest, _page = self.sent(office, time_zone="America/St_Johns", **typed)
        assert contest.ends_at == datetime(2026, 12, 31, 21, 30, tzinfo=UTC)

    def test_nothing_is_noted_where_nothing_was_changed(self, office):
        typed = {"time_zone": "Asia/Kathmandu", "ends_at_0": "2026-12-31", "ends_at_1": "18:00:00"}
        self.sent(office, **typed)
        before = Event.objects.count()
        self.sent(office, **typed)
        assert Event.objects.count() == before

    def test_an_hour_that_its_zone_skips_is_refused(self, office):
        typed = {"ends_at_0": "2026-03-29", "ends_at_1": "02:30:00"}
        contest, page = self.sent(office, time_zone="Europe/Berlin", **typed)
        assert ("it may be ambiguous or it may not exist" in page, contest.ends_at) == (True, None)

    def test_a_moment_that_nobody_changed_stays_even_in_an_hour_that_its_zone_has_twice(self, office):
        end = datetime(2026, 10, 25, 0, 30, 15, 250, tzinfo=UTC)
        Contest.objects.update(time_zone="Europe/Berlin", ends_at=end)
        typed = {"ends_at_0": "2026-10-25", "ends_at_1": "02:30:15"}
        contest, _page = self.sent(office, time_zone="Europe/Berlin", state="frozen", **typed)
        assert (contest.state, contest.ends_at) == ("frozen", end)

    def test_an_end_before_the_beginning_is_refused(self, office):
        dates = {
            "starts_at_0": "2026-12-31",
            "starts_at_1": "18:00",
            "ends_at_0": "2026-12-31",
            "ends_at_1": "18:00",
        }
        contest, page = self.sent(office, **dates)
        assert ("The contest would end before it begins." in page, contest.ends_at) == (True, None)

    def test_a_second_one_at_a_time_is_refused_in_words(self, office):
        new = {"name": "Second", "state": "running", "time_zone": "UTC"}
        rows = {"categories-TOTAL_FORMS": 0, "categories-INITIAL_FORMS": 0}
        page = office.post(reverse("admin:crowd_contest_add"), new | rows).content.decode()
        assert ("Another contest is running" in page, "one_open_contest" in page) == (True, False)


@pytest.mark.parametrize("key", ["open_qa", "OPEN_QA", "Open_QA"])
def test_a_key_is_another_in_whatever_letters(office, key):
    new = {"key": key, "name": "Odd", "asks": "Odd things.", "context_rule": "optional", "position": "5"}
    page = office.post(reverse("admin:crowd_category_add"), new).content.decode()
    assert ("already" in page, Category.objects.filter(name="Odd").exists()) == (True, False)


def test_a_category_is_added_and_its_key_stays(office):
    new = {
        "key": "Odd-Key_1",
        "name": "Odd",
        "asks": "Odd things.",
        "context_rule": "optional",
        "position": "5",
    }
    office.post(reverse("admin:crowd_category_add"), new)
    odd = Category.objects.get(name="Odd")
    page = reverse("admin:crowd_category_change", args=[odd.pk])
    office.post(page, new | {"key": "other", "name": "Odder"})
    odd.refresh_from_db()
    assert (odd.key, odd.name) == ("Odd-Key_1", "Odder")


def test_a_new_wording_is_the_next_number(office):
    office.post(reverse("admin:crowd_grantwording_add"), {"text": "Anew.", "licence": "CC-BY-SA-4.0"})
    wording = GrantWording.objects.current()
    assert (wording.number, wording.text) == (2, "Anew.")


def test_nobody_else_comes_in(rita):
    client = Client()
    client.force_login(rita)
    assert client.get(reverse("admin:crowd_person_changelist")).status_code == 302


def test_signing_in_goes_through_the_form_that_counts_wrong_passwords():
    answer = Client().get(reverse("admin:login"))
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith(reverse("account_login"))


class TestHistory:
    """No rule, role or deadline changes silently."""

    def test_keeps_what_a_contest_was_and_is(self, office, ada):
        contest = Contest.objects.get()
        office.post(contest_page(contest), contest_form(contest, state="frozen", name="Spring"))
        contest.refresh_from_db()
        event = Event.objects.get(subject_kind="contest")
        assert (contest.state, contest.name) == ("frozen", "Spring")
        assert (event.action, event.actor, event.subject_id) == ("change", ada, str(contest.pk))
        assert (event.from_state, event.to_state) == ("running", "frozen")
        assert json.loads(event.data) == {
            "name": ["Our instruction contest", "Spring"],
            "state": ["running", "frozen"],
        }

    def test_a_state_that_changed_meanwhile_is_not_overwritten(self, office, monkeypatch):
        contest = Contest.objects.get()
        save = administration.save

        def too_late(row, **facts):
            Contest.objects.update(state="final")
            save(row, **facts)

        monkeypatch.setattr("crowd.services.administration.save", too_late)
        answer = office.post(contest_page(contest), contest_form(contest, state="frozen"), follow=True)
        contest.refresh_from_db()
        assert (contest.state, Event.objects.count()) == ("running", 0)  # all of the request is undone
        assert b"has just changed" in answer.content

    def test_keeps_a_new_target(self, office, ada):
        contest = Contest.objects.get()
        row = contest.categories.get(category__key="open_qa")
        office.post(contest_page(contest), contest_form(contest, targets={row.pk: 7}))
        assert ContestCategory.objects.get(pk=row.pk).target == 7
        assert json.loads(Event.objects.get().data) == {"open_qa": {"target": 7}}

    def test_keeps_a_persons_role_and_never_their_password(self, office, alice, ada):
        page = reverse("admin:crowd_person_change", args=[alice.pk])
        office.post(page, {"email": alice.email, "name": "Alice", "role": "reviewer", "is_active": "on"})
        event = Event.objects.get(subject_kind="person")
        assert (event.actor, json.loads(event.data)) == (ada, {"role": ["contributor", "reviewer"]})

    def test_never_keeps_who_a_person_is(self, office, alice):
        page = reverse("admin:crowd_person_change", args=[alice.pk])
        form = {"email": "moreau@flock.example", "name": "Moreau", "role": "contributor", "is_active": "on"}
        office.post(page, form)
        alice.refresh_from_db()
        assert (alice.email, alice.name) == ("moreau@flock.example", "Moreau")
        assert json.loads(Event.objects.get().data) == {"email": ["…", "…"], "name": ["…", "…"]}

    def test_of_before_is_told_without_names_too(self, alice):
        data = {"email": ["a@b.example", "c@d.example"], "name": ["", "C"], "role": ["reviewer", "admin"]}
        events.record("person", alice.pk, "change", now=NOW, data=data)
        events.record("contest", 1, "change", now=NOW, data={"name": ["A", "B"]})
        import_module("crowd.migrations.0006_leaving").hide_identities(apps, None)
        assert list(Event.objects.order_by("seq").values_list("data", flat=True)) == [
            '{"email":["…","…"],"name":["…","…"],"role":["reviewer","admin"]}',
            '{"name":["A","B"]}',
        ]


class TestWhoHasLeft:
    def test_cannot_be_given_a_name_again(self, office):
        gone = make_person("gone", is_active=False)
        erase(gone)
        page = reverse("admin:crowd_person_change", args=[gone.pk])
        assert office.get(page).status_code == 200
        form = {"email": "x@flock.example", "name": "X", "role": "contributor", "is_active": "on"}
        assert office.post(page, form).status_code == 403

    def test_stays_erased_where_the_page_was_open_before(self, alice, ada):
        seen = {"name": alice.name}
        alice.name = "Alicia"
        erase(Person.objects.get(pk=alice.pk))
        with pytest.raises(Conflict, match="has left"):
            administration.save(alice, changed=["name"], seen=seen, admin=ada, now=NOW)
        alice.refresh_from_db()
        assert (str(alice), alice.name, alice.is_active) == ("Somebody who has left", "", False)

    def test_is_nobody_for_the_database_too(self, alice):
        with pytest.raises(IntegrityError, match="who_left_stays_erased"), transaction.atomic():
            Person.objects.filter(pk=alice.pk).update(left_at=NOW)


def erase(person):
    Person.objects.filter(pk=person.pk).update(
        name="", email=erased_email(person.pk), is_active=False, left_at=NOW
    )


def contest_page(contest):
    return reverse("admin:crowd_contest_change", args=[contest.pk])


def contest_form(contest, *, targets=None, **changes):
    """What the browser sends for a contest, with some fields changed."""
    rows = list(contest.categories.all())
    form = {
        "name": contest.name,
        "description": contest.description,
        "rules": contest.rules,
        "state": contest.state,
        "time_zone": contest.time_zone,
        "categories-TOTAL_FORMS": len(rows),
        "categories-INITIAL_FORMS": len(rows),
    }
    for number, row in enumerate(rows):
        form |= {
            f"categories-{number}-id": row.pk,
            f"categories-{number}-contest": contest.pk,
            f"categories-{number}-category": row.category_id,
            f"categories-{number}-target": (targets or {}).get(row.pk, row.target),
            f"categories-{number}-points": row.points,
        }
        if row.is_on:
            form[f"categories-{number}-is_on"] = "on"
    return form | changes
