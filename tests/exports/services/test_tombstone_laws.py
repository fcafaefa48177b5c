"""Whatever happens between releases, nothing that was ever released falls out of what the newest one tells."""

from itertools import count

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crowd.models import Submission
from exports.domain.release import Choice
from exports.models import Release
from exports.services import tombstones
from tests.support.releases import correct, make_approved, make_release, take_back

pytestmark = [pytest.mark.slow, pytest.mark.django_db]

MINORS = count()


def lines_of(release):
    pairs = release.records.values_list("submission__public_id", "version__sha256")
    return {(str(public_id), sha256) for public_id, sha256 in pairs}


def standing():
    """The lines that are approved now, each record's newest."""
    approved = Submission.objects.filter(state="approved").select_related("approved_version")
    return {(str(submission.public_id), submission.approved_version.sha256) for submission in approved}


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.sampled_from(["add", "withdraw", "correct", "cut", "cut_some"]), max_size=12))
def test_every_line_ever_released_stands_is_left_out_or_has_a_tombstone(alice, rita, steps):
    with transaction.atomic():
        live_through(steps, alice, rita)
        check()
        transaction.set_rollback(True)


def check():
    """Of the newest release, against all the others."""
    newest, *earlier = Release.objects.order_by("-pk")
    told = {(tombstone.id, tombstone.sha256) for tombstone in tombstones.carried_by(newest)}
    ever = set().union(*(lines_of(release) for release in earlier))
    assert told == ever - standing()
    assert told.isdisjoint(lines_of(newest))
    assert {release.parent for release in Release.objects.all()} == {None, *earlier}


def live_through(steps, author, reviewer):
    """Two approved pairs and their release; then what the steps say; and a release at the end."""
    submissions = [
        make_approved(author, reviewer),
        make_approved(author, reviewer, category="creative_writing"),
    ]
    make_release(f"1.{next(MINORS)}.0")
    for step in [*steps, "cut"]:
        live = [submission for submission in submissions if submission.state == "approved"]
        if step == "add":
            submissions.append(make_approved(author, reviewer))
        elif step == "withdraw" and len(live) > 1:
            take_back(live[0])
        elif step == "correct":
            submissions[submissions.index(live[-1])] = correct(live[-1], reviewer)
        elif step == "cut":
            make_release(f"1.{next(MINORS)}.0")
        elif step == "cut_some" and any(s.current_version.category.key == "open_qa" for s in live):
            make_release(f"1.{next(MINORS)}.0", Choice(categories=("open_qa",)))
