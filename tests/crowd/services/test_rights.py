"""A person takes back all that they have sent."""

from datetime import timedelta

import pytest

from crowd.domain.rights import WITHDRAWABLE
from crowd.models import Claim, Event, PointEntry, Submission, Version
from crowd.services import points as ledger
from crowd.services import rights
from tests.support.factories import NOW, make_claim, make_submission
from tests.support.rights import make_one_of_each, states_of

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=1)


def points_of(person):
    return sum(PointEntry.objects.filter(person=person).values_list("amount", flat=True))


class TestWithdrawingAll:
    def test_takes_back_what_can_be(self, alice):
        made = make_one_of_each(alice)
        assert rights.withdraw_all(alice, now=LATER) == len(WITHDRAWABLE)
        assert states_of(alice) == ["rejected"] + ["withdrawn"] * (len(WITHDRAWABLE) + 1)
        assert Submission.objects.get(pk=made["rejected"].pk).updated_at == NOW

    def test_is_told_by_an_event_each(self, alice):
        made = make_one_of_each(alice)
        rights.withdraw_all(alice, now=LATER)
        told = Event.objects.values_list(
            "subject_id", "action", "from_state", "to_state", "version", "actor", "at"
        )
        assert sorted(told) == sorted(
            (str(made[state].public_id), "withdraw", state, "withdrawn", 1, alice.pk, LATER)
            for state in WITHDRAWABLE
        )

    def test_takes_the_points_back(self, alice):
        approved = make_submission(alice, state="approved")
        ledger.award(approved, approved.current_version, now=NOW)
        assert points_of(alice) > 0
        rights.withdraw_all(alice, now=LATER)
        entry = PointEntry.objects.latest("pk")
        assert (points_of(alice), entry.reason, entry.version) == (0, "withdrawn", approved.current_version)

    def test_ends_what_reviewers_hold(self, alice, bob, rita, ravi):
        ended, other = make_claim(make_submission(alice), rita), make_claim(make_submission(bob), ravi)
        rights.withdraw_all(alice, now=LATER)
        assert [Claim.objects.get(pk=claim.pk).ended_at for claim in (ended, other)] == [LATER, None]

    def test_leaves_others_alone(self, alice, bob):
        make_submission(bob)
        rights.withdraw_all(alice, now=LATER)
        assert states_of(bob) == ["in_review"]

    def test_a_second_time_does_nothing(self, alice):
        make_submission(alice)
        assert [rights.withdraw_all(alice, now=LATER) for _ in range(2)] == [1, 0]
        assert Event.objects.count() == 1

    def test_takes_as_many_statements_for_many(self, alice, django_assert_num_queries):
        for count in (1, 3):
            while Submission.objects.filter(state="approved").count() < count:
                approved = make_submission(alice, state="approved")
                ledger.award(approved, approved.current_version, now=NOW)
            with django_assert_num_queries(10):
                rights.withdraw_all(alice, now=LATER)

    def test_goes_through_more_than_one_chunk(self, alice, monkeypatch):
        monkeypatch.setattr(rights, "CHUNK", 2)
        for _ in range(5):
            make_submission(alice)
        assert rights.withdraw_all(alice, now=LATER) == 5
        assert states_of(alice) == ["withdrawn"] * 5

    @pytest.mark.slow
    def test_of_more_than_a_statement_takes_is_whole(self, alice):
        count = rights.CHUNK + 1
        first = make_submission(alice, state="approved")
        rows = Submission.objects.bulk_create(
            copy_of(first, copy_hash=str(n), approved_copy_hash=str(n)) for n in range(count)
        )
        versions = Version.objects.bulk_create(copy_of(first.current_version, submission=row) for row in rows)
        for row, version in zip(rows, versions, strict=True):
            row.current_version = row.approved_version = version
        Submission.objects.bulk_update(rows, ["current_version", "approved_version"], batch_size=100)
        ledger.award(rows[-1], versions[-1], now=NOW)
        assert rights.withdraw_all(alice, now=LATER) == count + 1
        assert set(Submission.objects.values_list("state", flat=True)) == {"withdrawn"}
        assert (points_of(alice), Event.objects.count()) == (0, count + 1)


def copy_of(row, **changes):
    """A new row with the columns of another, but for these."""
    unique = {"id", "public_id"}
    columns = {field.attname for field in row._meta.concrete_fields} - unique
    columns -= {f"{name}_id" for name in changes}
    return type(row)(**({name: getattr(row, name) for name in columns} | changes))
