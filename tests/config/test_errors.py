import pytest


@pytest.fixture
def failing(monkeypatch, client):
    """A client that gets the answer where our own code fails."""

    def fail(*args, **kwargs):
        raise ZeroDivisionError

    monkeypatch.setattr("crowd.queries.contest_to_show", fail)
    client.raise_request_exception = False
    return client


class TestFailure:
    def test_a_program_gets_problem_details(self, failing, alice):
        failing.force_login(alice)
        answer = failing.get("/api/v1/contest/")
        assert (answer.status_code, answer["Content-Type"]) == (500, "application/problem+json")
        assert answer.json()["status"] == 500

    def test_a_person_gets_a_page_that_tells_nothing(self, failing, db):
        answer = failing.get("/")
        assert (answer.status_code, answer["Content-Type"]) == (500, "text/html; charset=utf-8")
        assert b"ZeroDivisionError" not in answer.content
