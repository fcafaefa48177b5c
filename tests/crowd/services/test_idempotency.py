import threading

import pytest
from django.db import connection

from crowd.models import IdempotencyKey
from crowd.services import idempotency
from crowd.services.errors import KeyReused
from tests.support.factories import NOW


def once(person, answers, *, key="k", body="b"):
    def answer():
        answers.append(body)
        return 201, {"n": len(answers)}

    return idempotency.once(person, key, request={"body": body}, now=NOW, answer=answer)


class TestOnce:
    def test_a_replay_gets_the_first_answer(self, alice):
        answers = []
        assert once(alice, answers) == once(alice, answers) == (201, {"n": 1})

    def test_another_request_under_the_key_is_refused(self, alice):
        once(alice, [])
        with pytest.raises(KeyReused):
            once(alice, [], body="other")

    def test_a_key_belongs_to_its_person(self, alice, bob):
        answers = []
        assert (once(alice, answers), once(bob, answers)) == ((201, {"n": 1}), (201, {"n": 2}))

    def test_an_answer_that_raises_leaves_no_key(self, alice):
        def fail():
            raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            idempotency.once(alice, "k", request={}, now=NOW, answer=fail)
        assert IdempotencyKey.objects.count() == 0

    @pytest.mark.django_db(transaction=True)
    def test_many_at_once_get_one_answer(self, alice):
        answers, got = [], []
        barrier = threading.Barrier(6)

        def call():
            barrier.wait()
            got.append(once(alice, answers))
            connection.close()

        threads = [threading.Thread(target=call) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert got == [(201, {"n": 1})] * 6
        assert answers == ["b"]
