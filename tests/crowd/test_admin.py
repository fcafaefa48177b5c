import pytest
from django.test import Client
from django.urls import reverse

from crowd.models import Contest, GrantWording, Person, Submission
from tests.support.factories import make_submission

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
