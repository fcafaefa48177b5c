import threading

import pytest
from django.db import connection

from crowd.models import Decision, IdempotencyKey, Submission
from tests.support.factories import make_grant, make_submission

URL = "/api/v1/submissions/"


class TestASubmissionWithAKey:
    def test_is_made_once_and_answered_as_at_first(self, api, writer, pair):
        first, again = (api(writer).post(URL, pair, headers={"Idempotency-Key": "k 1"}) for _ in range(2))
        assert (first.status_code, again.status_code) == (201, 201)
        assert first.json() == again.json()
        assert Submission.objects.count() == 1

    def test_is_refused_with_another_body(self, api, writer, pair):
        api(writer).post(URL, pair, headers={"Idempotency-Key": "k"})
        other = {**pair, "instruction": "Why do swifts not perch?"}
        answer = api(writer).post(URL, other, headers={"Idempotency-Key": "k"})
        assert (answer.status_code, answer["Content-Type"]) == (422, "application/problem+json")
        assert Submission.objects.count() == 1

    def test_shares_no_key_with_another_person(self, api, writer, bob, pair):
        make_grant(bob)
        api(writer).post(URL, pair, headers={"Idempotency-Key": "k"})
        other = {**pair, "instruction": "Why do swifts not perch?"}
        assert api(bob).post(URL, other, headers={"Idempotency-Key": "k"}).status_code == 201

    def test_that_was_refused_may_be_sent_again(self, api, alice, pair):
        assert api(alice).post(URL, pair, headers={"Idempotency-Key": "k"}).status_code == 403
        make_grant(alice)
        assert api(alice).post(URL, pair, headers={"Idempotency-Key": "k"}).status_code == 201

    @pytest.mark.parametrize("key", ["", "x" * 201, "käse", "a\tb"])
    def test_needs_a_good_key(self, api, writer, pair, key):
        answer = api(writer).post(URL, pair, headers={"Idempotency-Key": key})
        assert (answer.status_code, list(answer.json()["errors"])) == (400, ["Idempotency-Key"])
        assert (Submission.objects.count(), IdempotencyKey.objects.count()) == (0, 0)

    @pytest.mark.django_db(transaction=True)
    def test_is_made_once_by_many_at_once(self, api, writer, pair):
        answers, barrier = [], threading.Barrier(8)

        def send():
            barrier.wait()
            answer = api(writer).post(URL, pair, headers={"Idempotency-Key": "k"})
            answers.append((answer.status_code, answer.json()))
            connection.close()

        in_parallel(send, times=8)
        assert answers == [(201, answers[0][1])] * 8
        assert Submission.objects.count() == 1


class TestTheSameTextAtOnce:
    @pytest.mark.django_db(transaction=True)
    def test_is_one_submission_and_conflicts_that_name_it(self, api, writer, pair):
        answers, barrier = [], threading.Barrier(8)

        def send():
            barrier.wait()
            answer = api(writer).post(URL, pair)
            answers.append((answer.status_code, answer.json()["id"]))
            connection.close()

        in_parallel(send, times=8)
        (submission,) = Submission.objects.all()
        assert sorted(answers) == [(201, str(submission.public_id))] + [(409, str(submission.public_id))] * 7


class TestOtherKeyedRequests:
    def test_a_decision_is_made_once(self, api, alice, rita):
        make_submission(alice)
        claim = api(rita).post("/api/v1/reviews/claim/").json()["claim"]["id"]
        send = {"decision": "approve", "version": 1}
        url = f"/api/v1/reviews/{claim}/decide/"
        first, again = (api(rita).post(url, send, headers={"Idempotency-Key": "k"}) for _ in range(2))
        assert (first.status_code, again.status_code, first.json()) == (200, 200, again.json())
        assert Decision.objects.count() == 1

    def test_a_key_belongs_to_its_address(self, api, alice):
        first, second = make_submission(alice), make_submission(alice)
        answers = [
            api(alice).post(f"{URL}{one.public_id}/withdraw/", headers={"Idempotency-Key": "k"})
            for one in (first, first, second)
        ]
        assert [answer.status_code for answer in answers] == [200, 200, 422]


def in_parallel(work, *, times):
    threads = [threading.Thread(target=work) for _ in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
