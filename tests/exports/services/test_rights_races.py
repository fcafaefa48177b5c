"""Withdrawing all and leaving, at the very instant of something else: never half, on both databases."""

from datetime import timedelta
from itertools import pairwise

import pytest
from django.db import connection
from django.utils import timezone

from crowd.domain.rights import Records
from crowd.models import Category, Claim, Decision, Draft, Event, Job, Person, PointEntry, Submission, Version
from crowd.services import drafts, jobs, review, rights, rows
from crowd.services import submission as submissions
from crowd.services.errors import Conflict
from crowd.services.submission import Content
from exports.domain.release import Choice
from exports.models import ReleaseRecord
from exports.services import release as releases
from exports.services.release import NothingToRelease
from tests.support.factories import NOW, make_claim, make_draft, make_grant, make_person, make_submission
from tests.support.threads import at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
LATER = NOW + timedelta(minutes=1)
ROUNDS = 6
RECORDS = 12


def text(number):
    return Content(
        category=Category.objects.get(key="open_qa"),
        instruction=f"Why does door {number} creak in the wind?",
        response=f"Because hinge {number} was never oiled, and the wind finds it every night anew.",
    )


def leave(person, records=Records.WITHDRAW):
    return lambda: rights.leave(person, records=records, now=LATER)


def assert_history_agrees(person):
    """Each submission's last event tells its state, and each event begins where the one before ended."""
    for submission in Submission.objects.by(person):
        events = list(Event.objects.about("submission", submission.public_id))
        if events:
            assert events[-1].to_state == submission.state
        for before, after in pairwise(events):
            assert after.from_state == before.to_state


class TestWithdrawingAll:
    @pytest.mark.parametrize("number", range(ROUNDS))
    def test_while_a_release_is_cut_is_in_it_whole_or_not_at_all(self, number):
        alice, bob = make_person("alice"), make_person("bob")
        for _ in range(RECORDS):
            make_submission(alice, state="approved")
        make_submission(bob, state="approved")
        withdrawn, release = at_once(
            [
                lambda: rights.withdraw_all(alice, now=LATER),
                lambda: releases.cut_here("1.0.0", Choice(), clock=lambda: LATER),
            ]
        )
        assert withdrawn == RECORDS
        assert ReleaseRecord.objects.filter(release=release, submission__author=bob).count() == 1
        assert ReleaseRecord.objects.filter(submission__author=alice).count() in {0, RECORDS}
        assert_history_agrees(alice)

    @pytest.mark.parametrize("number", range(ROUNDS))
    def test_while_they_are_decided_leaves_no_points_and_no_claim(self, number):
        alice = make_person("alice")
        reviewers = [make_person(f"reviewer{n}", role="reviewer") for n in range(3)]
        claims = [make_claim(make_submission(alice), reviewer, now=LATER) for reviewer in reviewers]
        results = at_once(
            [
                lambda: rights.withdraw_all(alice, now=LATER),
                *[
                    lambda claim=claim: review.decide(claim, decision="approve", version=1, now=LATER)
                    for claim in claims
                ],
            ]
        )
        refused = [type(result) for result in results[1:] if isinstance(result, Exception)]
        assert refused == [Conflict] * (3 - Decision.objects.count())
        assert results[0] == 3
        assert set(Submission.objects.by(alice).values_list("state", flat=True)) == {"withdrawn"}
        assert sum(PointEntry.objects.filter(person=alice).values_list("amount", flat=True)) == 0
        assert not Claim.objects.filter(ended_at=None).exists()
        assert_history_agrees(alice)

    def test_twice_at_once_withdraws_each_once(self):
        alice = make_person("alice")
        for _ in range(RECORDS):
            make_submission(alice)
        both = at_once([lambda: rights.withdraw_all(alice, now=LATER)] * 2)
        assert sum(both) == RECORDS
        assert Event.objects.filter(action="withdraw").count() == RECORDS


class TestLeaving:
    @pytest.mark.parametrize("number", range(ROUNDS))
    def test_while_they_send_leaves_nothing_live(self, number):
        alice = make_person("alice")
        make_grant(alice)
        contents = [text(n) for n in range(3)]
        left, *sent = at_once(
            [
                leave(alice),
                *[
                    lambda content=content: submissions.submit(alice, content, now=LATER)
                    for content in contents
                ],
            ]
        )
        stored = [result for result in sent if not isinstance(result, Exception)]
        assert left == len(stored) == Submission.objects.count() == Version.objects.count()
        assert {type(result) for result in sent} <= {submissions.Sent, Conflict}
        assert not Submission.objects.live().exists()
        assert_history_agrees(alice)

    def test_while_they_type_leaves_no_draft(self):
        alice = make_person("alice")
        make_draft(alice)
        categories = list(Category.objects.all()[:4])
        at_once([leave(alice), *[lambda one=one: drafts.start(alice, one, now=LATER) for one in categories]])
        assert not Draft.objects.exists()

    @pytest.mark.parametrize("records", list(Records))
    @pytest.mark.parametrize("number", range(ROUNDS // 2))
    def test_while_their_texts_are_checked_is_whole(self, number, records):
        alice = make_person("alice")
        make_grant(alice)
        with jobs.without_bell():
            for n in range(3):
                submissions.submit(alice, text(n), now=NOW)
        waiting = [(job.pk, job.attempt) for job in Job.objects.waiting()]
        results = at_once(
            [
                leave(alice, records),
                *[
                    lambda job=job, attempt=attempt: jobs.run(job, attempt, owner="w", clock=timezone.now)
                    for job, attempt in waiting
                ],
            ]
        )
        assert results == [0 if records is Records.KEEP else 3, True, True, True]
        expected = "in_review" if records is Records.KEEP else "withdrawn"
        assert set(Submission.objects.values_list("state", flat=True)) == {expected}
        assert set(Job.objects.values_list("state", flat=True)) == {"done"}
        assert_history_agrees(alice)

    @pytest.mark.parametrize("number", range(ROUNDS))
    def test_of_all_admins_at_once_leaves_one(self, number):
        admins = [make_person(name, role="admin") for name in ("adam", "ada", "alan")]
        results = at_once([leave(admin) for admin in admins])
        assert sorted(type(result) for result in results if result != 0) == [rights.LastAdmin]
        assert Person.objects.filter(role="admin", is_active=True, left_at=None).count() == 1

    def test_twice_at_once_is_once(self):
        alice = make_person("alice")
        results = at_once([leave(alice)] * 2)
        assert sorted(str(result) for result in results) == ["0", "You have left already."]
        assert Event.objects.filter(action="leave").count() == 1


def keys_alone(_person, *, keys_for):
    """What `people.hold` gives, and nobody is held."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(map(rows.next_key, keys_for))}")
        return list(cursor.fetchone())


class TestTheControl:
    """Without what holds the person, a text that is being sent outlives their leaving."""

    def test_a_text_outlives_them(self, monkeypatch):
        monkeypatch.setattr("crowd.services.people.hold", keys_alone)
        alice = make_person("alice")
        make_grant(alice)
        content = text(1)
        rights.leave(Person.objects.get(pk=alice.pk), records=Records.WITHDRAW, now=LATER)
        submissions.submit(alice, content, now=LATER)
        assert Submission.objects.live().count() == 1


def test_nothing_to_release_is_the_answer_where_all_was_withdrawn():
    alice = make_person("alice")
    make_submission(alice, state="approved")
    rights.withdraw_all(alice, now=LATER)
    with pytest.raises(NothingToRelease):
        releases.cut("1.0.0", Choice(), now=LATER)
