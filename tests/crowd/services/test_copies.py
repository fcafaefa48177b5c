"""An exact copy that is refused or left out is counted at what it is a copy of, and nothing else of it is kept."""

import json
from contextlib import suppress
from io import BytesIO

import pytest

from crowd.domain import formats
from crowd.models import Submission
from crowd.services import copies, drafts, imports
from crowd.services.errors import ExactCopy
from tests.support.factories import NOW, make_draft, make_grant, make_source, make_submission

LATER = NOW.replace(year=2027)
TEXTS = {"instruction": "Why do swifts scream?", "response": "To find each other at dusk."}


def counted():
    return list(Submission.objects.order_by("pk").values_list("copies_refused", flat=True))


@pytest.mark.django_db(transaction=True)
class TestAtTheDoor:
    @pytest.fixture
    def draft(self, alice, bob):
        make_submission(alice, **TEXTS)
        make_grant(bob)
        return make_draft(bob, **TEXTS)

    def test_each_try_is_counted_though_its_transaction_is_undone(self, draft):
        for _ in range(2):
            with pytest.raises(ExactCopy):
                drafts.send(draft.person, draft.public_id, now=NOW)
        assert counted() == [2]

    def test_what_is_no_copy_counts_nothing(self, draft):
        type(draft).objects.update(response="So that everybody hears where the others are.")
        drafts.send(draft.person, draft.public_id, now=NOW)
        assert counted() == [0, 0]

    def test_blocks_in_one_another_count_once(self, draft):
        with suppress(ExactCopy), copies.refused_are_counted(), copies.refused_are_counted():
            drafts.send(draft.person, draft.public_id, now=NOW)
        assert counted() == [1]


class TestInAnImport:
    def run(self, source, *rows, now=NOW, dry_run=False):
        data = "\n".join(json.dumps({"context": "", "category": "open_qa", **row}) for row in rows).encode()
        lines = formats.read(BytesIO(data), "dolly", mapping={})
        return imports.run(
            lines, source=source, approve=True, now=now, tell=lambda _remark: None, dry_run=dry_run
        )

    def test_copies_in_the_file_are_counted(self, db):
        report = self.run(make_source(), TEXTS, {**TEXTS, "instruction": "And why so loud?"}, TEXTS, TEXTS)
        assert (report.added, report.copies, counted()) == (2, 2, [2, 0])

    def test_so_are_copies_of_what_is_here(self, alice):
        make_submission(alice, **TEXTS)
        assert self.run(make_source(), TEXTS).copies == 1
        assert counted() == [1]

    def test_a_file_that_comes_again_adds_nothing(self, db):
        source = make_source()
        for now in (NOW, LATER):
            self.run(source, TEXTS, TEXTS, now=now)
        assert counted() == [1]

    def test_a_dry_run_counts_nothing(self, alice):
        make_submission(alice, **TEXTS)
        assert self.run(make_source(), TEXTS, TEXTS, dry_run=True).copies == 2
        assert counted() == [0]
