"""The real databricks-dolly-15k, released twice, with a few changes in between. Skipped where it is not there."""

from datetime import timedelta
from itertools import islice

import pytest

from crowd.domain.records import parse_record, read_lines
from crowd.domain.text import copy_hash
from crowd.models import Category, Submission
from crowd.services import import_rows, review
from crowd.services.imports import BATCH, record_id
from exports.domain.differences import Differences
from exports.domain.tombstone import Since
from exports.services import differences, tombstones
from exports.services.release_folder import place
from tests.support.damage import problems_of
from tests.support.factories import NOW, make_source
from tests.support.pairs import DOLLY
from tests.support.releases import correct, make_approved, make_release

pytestmark = [
    pytest.mark.slow,
    pytest.mark.django_db,
    pytest.mark.skipif(not DOLLY.exists(), reason="databricks-dolly-15k is not there"),
]

LATER = NOW + timedelta(days=1)
DISTINCT = 14_996


@pytest.fixture
def dolly():
    """Its records, each text once, stored as the import stores them; the checks of an import have their own tests."""
    source = make_source()
    categories = Category.objects.in_bulk(field_name="key")
    with DOLLY.open("rb") as stream:
        records = {copy_hash(*record[:3]): record for _line, record in read_lines(stream, parse_record)}
    rows = iter(
        import_rows.Row(
            line=line,
            record=record,
            category=categories[record.category],
            origin=source.origin,
            model="",
            problems=[],
            public_id=record_id(source.name, record),
            copy_hash=text_hash,
        )
        for line, (text_hash, record) in enumerate(records.items(), start=1)
    )
    while batch := list(islice(rows, BATCH)):
        import_rows.store(batch, source, approve=True, now=NOW)
        import_rows.renew_statistics()
    return Submission.objects.filter(source=source)


def ids(*submissions):
    return sorted(str(submission.public_id) for submission in submissions)


class TestAfterOneWithdrawalTwoCorrectionsAndThreeAdditions:
    def test_the_difference_has_exactly_six_entries(self, dolly, alice, rita, adam):
        corrected = [make_approved(alice, rita) for _ in range(2)]
        before = make_release()
        gone = dolly.order_by("public_id")[7]
        review.revoke(gone, admin=adam, reason="It names a private person.", now=LATER)
        for submission in corrected:
            correct(submission, rita, now=LATER)
        new = [make_approved(alice, rita) for _ in range(3)]
        after = make_release("1.1.0")

        found = differences.between(before, after)
        assert found == Differences(added=ids(*new), changed=ids(*corrected), withdrawn=ids(gone))
        assert len(list(found.lines())) == 6
        assert (before.counts["records"], after.counts["records"]) == (DISTINCT + 2, DISTINCT + 4)
        assert [entry.id for entry in tombstones.carried_by(after)] == ids(gone, *corrected)
        assert tombstones.mark_of(before) == Since(withdrawn=1, corrected=2)
        assert [problems_of(place(version)) for version in ("1.0.0", "1.1.0")] == [[], []]
