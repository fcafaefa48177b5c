import pytest
from django.utils import timezone
from knox.models import AuthToken
from rest_framework.test import APIClient

from crowd.services import people
from tests.support.factories import PASSWORD, make_submission

URL = "/api/v1/grant/"


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


@pytest.fixture
def token(alice):
    return people.create_token(alice, now=timezone.now())


@pytest.fixture
def client():
    return APIClient(enforce_csrf_checks=True)


class TestAToken:
    def test_speaks_for_its_person(self, client, alice, token):
        submission = make_submission(alice)
        answer = client.get("/api/v1/submissions/", headers=bearer(token))
        assert [line["id"] for line in answer.json()["results"]] == [str(submission.public_id)]

    def test_needs_no_csrf_token(self, client, token):
        assert client.post(URL, {"version": "1"}, headers=bearer(token), format="json").status_code == 200

    def test_is_kept_as_a_hash_alone(self, token):
        row = AuthToken.objects.get()
        assert token not in {row.digest, row.token_key}
        assert len(row.digest) == 128

    def test_is_dead_when_its_person_is_disabled(self, client, alice, token):
        assert client.get(URL, headers=bearer(token)).status_code == 200
        alice.is_active = False
        alice.save()
        assert client.get(URL, headers=bearer(token)).status_code == 401

    BAD = {
        "none": {},
        "a wrong one": bearer("0" * 64),
        "an empty one": {"Authorization": "Bearer"},
        "two": {"Authorization": "Bearer a b"},
        "NUL": bearer("0\x00"),
        "umlauts": bearer("ä" * 64),
        "another scheme": {"Authorization": "Basic YTpi"},
        "a bare one": {"Authorization": "0" * 64},
    }

    @pytest.mark.parametrize("headers", BAD.values(), ids=BAD)
    def test_that_is_bad_opens_nothing(self, client, token, headers):
        answer = client.get(URL, **{f"HTTP_{name.upper()}": value for name, value in headers.items()})
        assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Bearer")
        assert answer["Content-Type"] == "application/problem+json"

    def test_that_is_nearly_right_opens_nothing(self, client, token):
        for wrong in (token[:-1], token + "00", token[:15] + "0" * 49, token[:15] + "z" * 49):
            assert client.get(URL, headers=bearer(wrong)).status_code == 401


class TestASession:
    def test_reads(self, client, alice):
        client.login(email=alice.email, password=PASSWORD)
        assert client.get(URL).status_code == 200

    def test_writes_with_its_csrf_token_alone(self, client, alice):
        client.login(email=alice.email, password=PASSWORD)
        assert client.post(URL, {"version": "1"}, format="json").status_code == 403
        client.get("/accounts/logout/")  # any page with a form sets the cookie
        headers = {"X-CSRFToken": client.cookies["csrftoken"].value}
        assert client.post(URL, {"version": "1"}, format="json", headers=headers).status_code == 200

    def test_is_dead_when_its_person_is_disabled(self, client, alice):
        client.login(email=alice.email, password=PASSWORD)
        alice.is_active = False
        alice.save()
        assert client.get(URL).status_code == 401
