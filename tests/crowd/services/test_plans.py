"""What SQLite begins with, which keeps no statistics: a page of many rows must not take all of them to find."""

import pytest
from django.db import connection

from crowd.models import Submission
from crowd.queries.check import checked_versions
from crowd.services import rebuilds

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


@pytest.mark.parametrize("versions", [checked_versions, rebuilds.behind])
def test_standing_texts_are_read_page_by_page(versions):
    """Each page of a recheck, or of a rebuild, went through all submissions of four states."""
    plan = versions().filter(pk__gt=1_000).order_by("pk")[:100].explain()
    first, *_others = plan.splitlines()
    assert "SEARCH crowd_version USING INTEGER PRIMARY KEY (rowid>?)" in first
