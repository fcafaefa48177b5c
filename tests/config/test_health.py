from datetime import timedelta

import pytest
from celery import current_app
from django.db import DatabaseError
from django.utils import timezone

from crowd.services import workers


@pytest.fixture
def a_worker(db):
    workers.say_hello("w1", queue="default", now=timezone.now())


class TestHealthz:
    def test_says_that_the_process_answers_without_asking_the_database(self, client):
        answer = client.get("/healthz")
        assert (answer.status_code, answer.json()) == (200, {"alive": True})

    def test_is_only_read(self, client):
        assert client.post("/healthz").status_code == 405


class TestReadyz:
    def test_is_ready_with_database_broker_and_a_worker(self, client, a_worker):
        answer = client.get("/readyz")
        assert (answer.status_code, answer.json()) == (
            200,
            {"ready": True, "database": True, "broker": True, "worker": True},
        )

    def test_is_not_ready_when_no_worker_was_heard_lately(self, client, db):
        workers.say_hello("w1", queue="default", now=timezone.now() - timedelta(minutes=1))
        answer = client.get("/readyz")
        assert (answer.status_code, answer.json()["worker"]) == (503, False)

    def test_is_not_ready_without_a_broker(self, client, a_worker, settings, monkeypatch):
        def gone(**_options):
            raise ConnectionRefusedError

        monkeypatch.setattr(current_app, "connection_for_write", gone)
        answer = client.get("/readyz")
        assert (answer.status_code, answer.json()["broker"]) == (503, False)

    def test_is_not_ready_without_a_database(self, client, a_worker, monkeypatch):
        def gone(**_options):
            raise DatabaseError

        monkeypatch.setattr(workers, "is_heard", gone)
        answer = client.get("/readyz")
        assert (answer.status_code, answer.json()["database"], answer.json()["worker"]) == (503, False, False)
