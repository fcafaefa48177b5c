from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from exports.domain.differences import Differences
from exports.models import ReleaseRecord
from exports.services import differences
from tests.support.releases import correct, make_approved, make_contributions, make_release, take_back
from tests.support.runs import make_release as make_row

pytestmark = pytest.mark.django_db

NUMBERS = count()


class TestAfterOneWithdrawalTwoCorrectionsAndThreeAdditions:
    @pytest.fixture
    def compared(self, alice, rita):
        _kept, gone, *corrected = [*make_contributions(alice, rita), make_approved(alice, rita)]
        before = make_release()
        take_back(gone)
        for submission in corrected:
            correct(submission, rita)
        new = [make_approved(alice, rita) for _ in range(3)]
        self.expected = Differences(added=ids(new), changed=ids(corrected), withdrawn=ids([gone]))
        return differences.between(before, make_release("1.1.0"))

    def test_there_are_exactly_six(self, compared):
        assert compared == self.expected
        assert len(list(compared.lines())) == 6
        assert str(compared) == "3 added, 2 changed, 1 withdrawn"


class TestTheOtherWayRound:
    def test_added_and_withdrawn_change_places(self, alice, rita):
        gone, *_kept = make_contributions(alice, rita)
        before = make_release()
        take_back(gone)
        new = make_approved(alice, rita)
        after = make_release("1.1.0")
        assert differences.between(after, before) == Differences(added=ids([gone]), withdrawn=ids([new]))


class TestAVersionWithTheSameLine:
    def test_is_no_change(self, alice, rita):
        submission, *_others = make_contributions(alice, rita)
        before = make_release()
        version = submission.current_version
        version.pk, version.number = None, 2
        version.save()
        type(submission).objects.filter(pk=submission.pk).update(approved_version=version)
        assert differences.between(before, make_release("1.1.0")) == Differences()


class TestTheLaw:
    @settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(
        chosen=st.lists(
            st.tuples(st.sampled_from(["", "a", "b"]), st.sampled_from(["", "a", "b"])),
            min_size=1,
            max_size=8,
        )
    )
    def test_is_that_of_two_dictionaries(self, alice, chosen):
        """The database finds what a plain comparison of id and hash finds."""
        before, after = ({}, {})
        releases = make_row(f"1.0.{next(NUMBERS)}"), make_row(f"1.0.{next(NUMBERS)}")
        for position, pair in enumerate(chosen):
            submission = make_approved(alice)
            for side, release, text in zip((before, after), releases, pair, strict=True):
                if text:
                    side[str(submission.public_id)] = put(release, submission, text, position)
        assert differences.between(*releases) == Differences(
            added=sorted(after.keys() - before.keys()),
            changed=sorted(key for key in before.keys() & after.keys() if before[key] != after[key]),
            withdrawn=sorted(before.keys() - after.keys()),
        )


def ids(submissions):
    return sorted(str(submission.public_id) for submission in submissions)


def put(release, submission, text, position):
    """The submission, with this text, at this line of the release. Returns the line's hash."""
    sha256 = text * 64
    version, _ = submission.versions.get_or_create(
        sha256=sha256,
        defaults={
            "number": 2 + "ab".index(text),
            "category": submission.current_version.category,
            "instruction": text,
            "response": text,
            "origin": "human",
            "licence": "CC-BY-SA-4.0",
            "created_at": submission.created_at,
        },
    )
    ReleaseRecord.objects.create(release=release, submission=submission, version=version, position=position)
    return sha256
