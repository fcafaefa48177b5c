"""What SQLite begins with, which keeps no statistics: a page of many rows must not take all of them to find."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from crowd.models import Submission
from crowd.services import rebuilds
from tests.support.checks import begin, make_check, use_checks, work
from tests.support.factories import make_submission

BY_KEY = "SEARCH crowd_version USING INTEGER PRIMARY KEY"

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(
        connection.vendor != "sqlite", reason="PostgreSQL's plan goes by what is in the table"
    ),
]


def test_taken_texts_are_found_by_their_indexes():
    """Without them each batch of an import read all that was imported before it."""
    plan = Submission.objects.holding(["a" * 64, "b" * 64]).explain()
    used = {name for name in ("no_exact_copy_among_live", "no_text_approved_twice") if name in plan}
    assert (used, "submissions_by_state" in plan) == (
        {"no_exact_copy_among_live", "no_text_approved_twice"},
        False,
    )


class TestPages:
    """Each page of a recheck, or of a rebuild, went through all submissions."""

    def test_of_a_recheck_are_read_by_key(self, alice, monkeypatch):
        use_checks(monkeypatch, make_check("swift"))
        make_submission(alice)
        with CaptureQueriesContext(connection) as asked:
            work(begin())
        assert begins_of_pages(asked) == {BY_KEY}

    def test_of_a_rebuild_are_read_by_key(self, alice):
        make_submission(alice)
        with CaptureQueriesContext(connection) as asked:
            rebuilds.run(tell=lambda _report: None)
        assert begins_of_pages(asked) == {BY_KEY}


def begins_of_pages(asked):
    """What each page of versions was found by."""
    pages = [
        one["sql"]
        for one in asked.captured_queries
        if 'FROM "crowd_version"' in one["sql"] and "LIMIT" in one["sql"]
    ]
    with connection.cursor() as cursor:
        plans = [cursor.execute(f"EXPLAIN QUERY PLAN {page}").fetchall() for page in pages]
    return {plan[0][3].partition(" (")[0] for plan in plans}
