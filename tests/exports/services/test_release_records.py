"""What a release takes is chosen by its job, at one moment, in short transactions, and by one holder of the job."""

from contextlib import contextmanager

import pytest
from django.db import DEFAULT_DB_ALIAS

from crowd.services import jobs, sweeper
from exports.domain.release import Choice
from exports.domain.tombstone import Since
from exports.models import Release
from exports.services import release as releases
from exports.services import release_job, release_records, tombstones
from exports.services.release_folder import place
from tests.support.damage import problems_of
from tests.support.factories import NOW
from tests.support.releases import (
    AFTER_THE_LEASE,
    Crash,
    make_approved,
    make_release,
    provenance,
    run_job,
    take_back,
)
from tests.support.threads import at_once

pytestmark = pytest.mark.django_db(transaction=True)

# There is nothing to forget, there are three records, and the rest of the moment.
TRANSACTIONS_OF_THREE = 5


@pytest.fixture(autouse=True)
def one_record_a_transaction(monkeypatch):
    monkeypatch.setattr(release_records, "BATCH", 1)


def released():
    """The ids of the records in the files."""
    return {told["id"] for told in provenance()}


def ids(submissions):
    return {str(submission.public_id) for submission in submissions}


@pytest.fixture
def while_choosing(monkeypatch):
    """Has something done when the records are written down, and what else is told of their moment is not yet read."""
    of_ancestors = tombstones.of_ancestors

    def arrange(act):
        def read(*args, **kwargs):
            monkeypatch.setattr(tombstones, "of_ancestors", of_ancestors)
            act()
            return of_ancestors(*args, **kwargs)

        monkeypatch.setattr(tombstones, "of_ancestors", read)

    return arrange


class TestTheRequest:
    def test_chooses_nothing_itself(self, contributions):
        release = releases.cut("1.0.0", Choice(), now=NOW)
        assert (release.state, release.records.count()) == ("cutting", 0)
        assert run_job(release)
        assert release.records.count() == 3


class TestTheOrder:
    @pytest.mark.parametrize("at_once", [1, 7, 1_000])
    def test_is_that_of_the_lines_hashes_however_many_are_sorted_at_once(
        self, contributions, rita, monkeypatch, at_once
    ):
        for number in range(20):
            make_approved(contributions[0].author, rita, instruction=f"What is {number} plus one?")
        monkeypatch.setattr(release_records, "SORTED_AT_ONCE", at_once)
        records = make_release().records.order_by("position")
        hashes = list(records.values_list("version__sha256", flat=True))
        assert (len(hashes), hashes) == (23, sorted(hashes))
        assert list(records.values_list("position", flat=True)) == list(range(23))


class TestTheMoment:
    def test_is_one_for_all_that_is_told_of_it(self, contributions, while_choosing):
        make_release("0.9.0")
        while_choosing(lambda: at_once([lambda: take_back(contributions[0])]))
        make_release()
        assert released() == ids(contributions)
        assert problems_of(place("1.0.0")) == []
        assert tombstones.mark_of(Release.objects.get(version="1.0.0")) == Since(withdrawn=1)

    def test_without_the_snapshot_would_be_two(self, contributions, while_choosing, monkeypatch):
        @contextmanager
        def no_snapshot():
            yield DEFAULT_DB_ALIAS

        monkeypatch.setattr(release_records, "one_moment", no_snapshot)
        make_release("0.9.0")
        # In the very transaction: SQLite lets nobody else write meanwhile.
        while_choosing(lambda: take_back(contributions[0]))
        make_release()
        gone = contributions[0].public_id
        assert problems_of(place("1.0.0")) == [
            f"tombstones.jsonl, line 1: the record {gone} is withdrawn, and stands in the data"
        ]

    def test_that_has_nothing_any_more_fails_in_plain_words(self, contributions):
        release = releases.cut("1.0.0", Choice(), now=NOW)
        for submission in contributions:
            take_back(submission)
        assert run_job(release)
        release.refresh_from_db()
        assert (release.state, release.problems[0]["reason"]) == ("failed", release_job.NOTHING)


class TestAChoiceThatIsCutOff:
    @pytest.mark.parametrize("step", range(1, TRANSACTIONS_OF_THREE + 1))
    def test_is_begun_anew(self, contributions, monkeypatch, step):
        release = releases.cut("1.0.0", Choice(), now=NOW)
        renew, calls = jobs.Lease.renew, []

        def crash(lease, **progress):
            calls.append(lease)
            if len(calls) == step:
                raise Crash
            renew(lease, **progress)

        with monkeypatch.context() as patched, pytest.raises(Crash):
            patched.setattr(jobs.Lease, "renew", crash)
            run_job(release)
        gone, *kept = contributions
        take_back(gone)
        sweeper.sweep(now=AFTER_THE_LEASE)
        assert run_job(release, now=AFTER_THE_LEASE)
        assert released() == ids(kept)
        assert problems_of(place("1.0.0")) == []

    def test_by_a_cancel_writes_nothing_more(self, contributions, while_choosing):
        release = releases.cut("1.0.0", Choice(), now=NOW)
        while_choosing(lambda: releases.cancel(Release.objects.get(), now=NOW))
        assert run_job(release)
        release.refresh_from_db()
        assert (release.state, release.counts) == ("failed", {})
        assert make_release().counts["records"] == 3

    def test_by_a_lost_lease_leaves_the_work_to_the_next_holder(self, contributions, while_choosing):
        release = releases.cut("1.0.0", Choice(), now=NOW)

        def next_holder():
            sweeper.sweep(now=AFTER_THE_LEASE)
            return run_job(release, now=AFTER_THE_LEASE)

        done = []
        while_choosing(lambda: done.extend(at_once([next_holder])))
        assert (run_job(release), done) == (False, [True])
        assert released() == ids(contributions)
        assert release.records.count() == 3
