"""Texts that are much the same, sent and checked at the same instant by different workers."""

import threading

import pytest
from django.utils import timezone

from crowd.models import Category, Job, LookAlike, Submission, Version
from crowd.services import duplicates, jobs, signatures
from crowd.services import submission as submissions
from crowd.services.errors import ExactCopy
from crowd.services.submission import Content
from tests.support.factories import NOW, make_grant, make_person
from tests.support.index import bands_under, spread_bands
from tests.support.threads import at_once

pytestmark = pytest.mark.django_db(transaction=True)

WORKERS = 4
# A worker that fails before it has looked lets the others fail too, and not wait for ever.
PATIENCE_SECONDS = 120
INSTRUCTION = "Why does a kettle hiss before it boils?"
TEXT = (
    "Because the water near the hot base turns to steam in bubbles, and each bubble collapses with a click when it "
    "rises into the cooler water above; thousands of clicks a second are the hiss that we hear from the kettle{}"
)


def send(person, response):
    content = Content(
        category=Category.objects.get(key="open_qa"), instruction=INSTRUCTION, response=response
    )
    submissions.submit(person, content, now=NOW)


def raised_by(works):
    """What these raise when they are done at the same instant."""
    return [result for result in at_once(works) if isinstance(result, Exception)]


def check_all_at_once(monkeypatch):
    """A worker for each job, and none of them ends before all of them have looked."""
    looked = threading.Barrier(WORKERS, timeout=PATIENCE_SECONDS)
    look = duplicates.look_alikes_of

    def look_and_wait(version):
        found = look(version)
        looked.wait()
        return found

    monkeypatch.setattr(duplicates, "look_alikes_of", look_and_wait)
    waiting = [(job.pk, job.attempt) for job in Job.objects.waiting()]
    return raised_by(
        [
            lambda job=job, attempt=attempt: jobs.run(job, attempt, owner=f"worker {job}", clock=timezone.now)
            for job, attempt in waiting
        ]
    )


@pytest.fixture
def people():
    writers = [make_person(f"writer{number}") for number in range(WORKERS)]
    for writer in writers:
        make_grant(writer)
    return writers


@pytest.fixture
def sent(people):
    """Texts that differ in how they end, sent at the same instant."""
    raised = raised_by(
        [
            lambda writer=writer, number=number: send(writer, TEXT.format("!" * number))
            for number, writer in enumerate(people)
        ]
    )
    assert (raised, Version.objects.count()) == ([], WORKERS)


def pairs_found():
    rows = LookAlike.objects.filter(on="text").values_list("version", "other")
    return {frozenset(row) for row in rows}


class TestNearDuplicates:
    def test_every_pair_is_found_by_one_of_the_two(self, sent, monkeypatch):
        assert check_all_at_once(monkeypatch) == []
        assert len(pairs_found()) == WORKERS * (WORKERS - 1) // 2
        assert spread_bands() == bands_under(signatures.current_scheme(), Version.objects.all())

    def test_none_would_be_if_a_version_entered_the_index_with_its_checks_result(self, sent, monkeypatch):
        monkeypatch.setattr(duplicates, "index", lambda _versions: None)
        signatures.Signature.objects.all().delete()
        assert check_all_at_once(monkeypatch) == []
        assert pairs_found() == set()


class TestExactCopies:
    def test_one_of_them_is_stored(self, people):
        raised = raised_by([lambda writer=writer: send(writer, TEXT.format(".")) for writer in people])
        assert [type(error) for error in raised] == [ExactCopy] * (WORKERS - 1)
        assert Submission.objects.count() == 1
