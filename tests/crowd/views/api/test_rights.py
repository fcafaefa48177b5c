import pytest

from crowd.models import Event, Person, Submission
from crowd.services import people
from tests.support.archives import opened
from tests.support.factories import NOW, PASSWORD, make_person, make_submission

pytestmark = pytest.mark.django_db
DATA, RECORDS, WITHDRAW, LEAVE = (f"/api/v1/me/{name}/" for name in ("data", "records", "withdraw", "leave"))
GOODBYE = {"records": "keep", "confirm": "alice@flock.example", "password": PASSWORD}


class TestData:
    def test_is_a_zip_of_ones_own(self, api, alice, bob):
        sent = make_submission(alice)
        make_submission(bob)
        answer = api(alice).get(DATA)
        found = opened(b"".join(answer.streaming_content))
        assert (answer.status_code, answer["Content-Type"]) == (200, "application/zip")
        assert [told["id"] for told in found["submissions.json"]] == [str(sent.public_id)]


class TestRecords:
    def test_are_ones_own_with_their_uses(self, api, alice, bob):
        sent = make_submission(alice, state="approved")
        make_submission(bob, state="approved")
        assert api(alice).get(RECORDS).json() == {
            "next": None,
            "previous": None,
            "results": [
                {
                    "id": str(sent.public_id),
                    "state": "approved",
                    "created_at": "2026-03-04T12:00:00.000000Z",
                    "used": [],
                }
            ],
        }

    def test_refuse_what_they_do_not_understand(self, api, alice):
        assert api(alice).get(RECORDS, {"cursor": "x"}).status_code == 400


class TestWithdrawing:
    def test_takes_everything_back(self, api, alice, bob):
        for person in (alice, alice, bob):
            make_submission(person)
        answer = api(alice).post(WITHDRAW)
        assert (answer.status_code, answer.json()) == (200, {"withdrawn": 2})
        assert Submission.objects.filter(state="withdrawn").count() == 2

    def test_a_replay_gets_the_first_answer(self, api, alice):
        make_submission(alice)
        answers = [api(alice).post(WITHDRAW, headers={"Idempotency-Key": "all"}).json() for _ in range(2)]
        assert answers == [{"withdrawn": 1}] * 2
        assert Event.objects.filter(action="withdraw").count() == 1

    def test_without_a_key_a_second_time_does_nothing(self, api, alice):
        make_submission(alice)
        assert [api(alice).post(WITHDRAW).json()["withdrawn"] for _ in range(2)] == [1, 0]

    def test_takes_no_fields(self, api, alice):
        make_submission(alice)
        assert api(alice).post(WITHDRAW, {"state": "approved"}).status_code == 400
        assert Submission.objects.get().state == "in_review"


class TestLeaving:
    def test_erases_and_ends_every_token(self, client, alice):
        make_submission(alice, state="approved")
        bearer = {"Authorization": f"Bearer {people.create_token(alice, now=NOW)}"}
        answers = [
            client.post(LEAVE, GOODBYE, content_type="application/json", headers=bearer) for _ in range(2)
        ]
        assert [answer.status_code for answer in answers] == [200, 401]
        assert answers[0].json() == {"withdrawn": 0}
        assert Person.objects.get(pk=alice.pk).left_at is not None
        assert Submission.objects.get().state == "approved"

    @pytest.mark.parametrize(
        ("field", "wrong"),
        [
            ("records", "sell"),
            ("confirm", "bob@flock.example"),
            ("password", "wrong"),
            ("password", None),
            ("left_at", "2020-01-01T00:00:00Z"),
        ],
    )
    def test_needs_all_three_and_nothing_else(self, api, alice, field, wrong):
        answer = api(alice).post(LEAVE, {**GOODBYE, field: wrong})
        assert (answer.status_code, list(answer.json()["errors"])) == (400, [field])
        assert Person.objects.get(pk=alice.pk).left_at is None

    def test_passwords_cannot_be_tried_without_end(self, api, alice):
        answers = [api(alice).post(LEAVE, {**GOODBYE, "password": "no"}).status_code for _ in range(11)]
        assert answers == [400] * 10 + [429]

    def test_the_last_admin_is_refused(self, api, adam):
        answer = api(adam).post(LEAVE, {**GOODBYE, "confirm": adam.email})
        assert (answer.status_code, Person.objects.get(pk=adam.pk).left_at) == (403, None)
        make_person("alan", role="admin")
        assert api(adam).post(LEAVE, {**GOODBYE, "confirm": adam.email}).status_code == 200

    def test_without_a_password_is_the_pages_business(self, api, db):
        carol = Person.objects.create_user("carol@flock.example")
        answer = api(carol).post(LEAVE, {**GOODBYE, "confirm": carol.email})
        assert answer.status_code == 403
        assert "on the page" in answer.json()["detail"]
