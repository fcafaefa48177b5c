"""The index moves to another scheme while people go on: looks answer fully before, during and after."""

import threading
from contextlib import contextmanager, suppress
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from crowd.domain import similarity
from crowd.domain.workflow import State
from crowd.models import Band, Category, Job, LookAlike, Signature, Submission, Version
from crowd.services import jobs, rebuilds, signatures
from crowd.services import submission as submissions
from crowd.services.submission import Content
from tests.support.api import client_of
from tests.support.factories import NOW, make_grant
from tests.support.index import OTHER_SCHEME, bands_under, is_whole, other_bands, schemes_held, spread_bands

pytestmark = pytest.mark.django_db
REAL_SCHEME = similarity.SCHEME

PAIRS = {
    "Why does a kettle hiss before it boils?": "Bubbles of steam rise from the hot base and collapse with a click in "
    "the cooler water above; thousands of clicks in each second are the hiss that we hear.",
    "How does a canal lock lift a boat?": "The boat enters a chamber whose gates are shut behind it, and then water is "
    "let in from the higher side until both levels are equal and the upper gates open.",
    "What keeps a bicycle from falling over?": "Its front wheel steers into the lean by itself, because the axle stands "
    "a little behind the line of the fork, and so it comes back under the rider.",
    "Name a reason to prune apple trees.": "Light reaches the inner branches once old wood is gone, and fruit that "
    "stands in the sun grows larger, sweeter and with fewer spots of scab.",
    "Write one sentence on lighthouses.": "On the last rock before the open sea a lamp turns all night for people whom "
    "its keeper will never meet, and who will never thank him.",
}


def pair(number, *, edited=False):
    instruction, response = list(PAIRS.items())[number]
    return {"instruction": instruction, "response": response + (" Or so they say." if edited else "")}


KITE = {
    "instruction": "Who flew the first kite?",
    "response": "Nobody knows; the oldest records are from China.",
}


def send(person, **texts):
    make_grant(person)
    content = Content(category=Category.objects.get(key="open_qa"), **texts)
    return submissions.submit(person, content, now=NOW).submission.current_version


def work():
    """Do every job that waits, as a worker would that needs no time for it."""
    now = timezone.now()
    for job in Job.objects.waiting().order_by("id"):
        jobs.run(job.pk, job.attempt, owner="test", clock=lambda: now)


def rebuild():
    err = StringIO()
    call_command("rebuild_index", stderr=err)
    return err.getvalue().splitlines()


class Killed(Exception):
    pass


@pytest.fixture(autouse=True)
def _small_batches(monkeypatch):
    monkeypatch.setattr(signatures, "BATCH", 2)


@pytest.fixture
def sent(alice):
    """Five texts, checked under the scheme of today."""
    for number in range(5):
        send(alice, **pair(number))
    work()
    return list(Version.objects.select_related("submission").order_by("pk"))


@pytest.fixture
def update(monkeypatch):
    """Another scheme comes with an update, which knows the one before it too."""
    return lambda: monkeypatch.setitem(signatures.SCHEMES, OTHER_SCHEME, other_bands)


@pytest.fixture
def all_found(bob):
    """Whether whoever types hears of each text."""
    client = client_of(bob)

    def ask(number):
        typed = {"category": "open_qa", **pair(number, edited=True)}
        return client.post("/api/v1/similar/", typed).json()

    return lambda: [[found["kind"] for found in ask(number)] for number in range(5)] == [["near"]] * 5


class TestAnotherScheme:
    def test_is_answered_in_before_during_and_after(self, sent, update, all_found):
        assert all_found()
        update()
        assert all_found()
        with suppress(Killed):
            rebuilds.run(tell=raise_killed)
        assert (schemes_held(), all_found()) == ({REAL_SCHEME, OTHER_SCHEME}, True)
        rebuild()
        assert (schemes_held(), all_found()) == ({OTHER_SCHEME}, True)
        assert spread_bands() == bands_under(OTHER_SCHEME, sent)

    def test_is_needed_by_none_of_the_earlier_rows_once_rebuilt(self, sent, update, all_found, monkeypatch):
        update()
        rebuild()
        monkeypatch.delitem(signatures.SCHEMES, REAL_SCHEME)
        assert all_found()

    def test_without_a_rebuild_the_earlier_scheme_is_needed(self, sent, update, all_found, monkeypatch):
        update()
        monkeypatch.delitem(signatures.SCHEMES, REAL_SCHEME)
        assert not all_found()

    def test_is_what_new_texts_are_written_in_and_compared_by(self, sent, update, bob):
        update()
        version = send(bob, **pair(3, edited=True))
        work()
        assert Signature.objects.get(version=version).scheme == OTHER_SCHEME
        assert set(LookAlike.objects.filter(version=version).values_list("other", flat=True)) == {sent[3].pk}

    def test_leaves_nothing_to_do(self, sent, update):
        update()
        rebuild()
        before = spread_bands()
        assert rebuild() == [
            "0 texts to index.",
            "The index is up to date: 0 texts indexed, 0 dropped that are gone for good.",
        ]
        assert spread_bands() == before


def raise_killed(_report):
    raise Killed


class TestRebuilding:
    def test_says_how_far_it_is(self, sent, update):
        update()
        assert rebuild() == [
            "5 texts to index.",
            "2 indexed, 0 dropped",
            "4 indexed, 0 dropped",
            "5 indexed, 0 dropped",
            "The index is up to date: 5 texts indexed, 0 dropped that are gone for good.",
        ]

    @pytest.mark.parametrize("step", ["erase_bands", "write_bands"])
    def test_goes_on_where_it_was_killed(self, sent, update, all_found, monkeypatch, step):
        update()
        with monkeypatch.context() as patch, suppress(Killed):
            patch.setattr(signatures, step, dying(getattr(signatures, step), after=1))
            rebuild()
        assert (is_whole(), all_found(), schemes_held()) == (True, True, {REAL_SCHEME, OTHER_SCHEME})
        assert rebuild()[0] == "3 texts to index."
        assert spread_bands() == bands_under(OTHER_SCHEME, sent)

    def test_brings_in_what_waits_to_be_spread(self, alice, update):
        versions = [send(alice, **pair(number)) for number in range(5)]
        signatures.sign(versions)
        update()
        rebuild()
        assert (spread_bands(), is_whole()) == (bands_under(OTHER_SCHEME, versions), True)

    def test_mends_an_index_that_is_lost(self, sent):
        Band.objects.all().delete()
        Signature.objects.all().delete()
        rebuild()
        assert spread_bands() == bands_under(REAL_SCHEME, sent)

    def test_drops_what_is_gone_for_good(self, sent, alice):
        submissions.withdraw(sent[0].submission, person=alice, now=NOW)
        Submission.objects.filter(pk=sent[1].submission_id).update(state=State.REJECTED)
        Submission.objects.filter(pk=sent[2].submission_id).update(state=State.RETURNED)
        sent[2].submission.refresh_from_db()
        newer = submissions.resubmit(sent[2].submission, content(**KITE), person=alice, now=NOW).version
        work()
        assert rebuild()[-1] == "The index is up to date: 0 texts indexed, 3 dropped that are gone for good."
        assert spread_bands() == bands_under(REAL_SCHEME, [*sent[3:], newer])

    def test_keeps_the_approved_text_while_a_newer_one_is_on_its_way(self, sent, alice):
        Submission.objects.filter(pk=sent[0].submission_id).update(
            state=State.APPROVED, approved_version=sent[0]
        )
        sent[0].submission.refresh_from_db()
        newer = submissions.resubmit(sent[0].submission, content(**KITE), person=alice, now=NOW).version
        work()
        rebuild()
        assert spread_bands() == bands_under(REAL_SCHEME, [*sent, newer])


def content(**texts):
    return Content(category=Category.objects.get(key="open_qa"), **texts)


def dying(step, *, after):
    """A step of a batch, in whose transaction the process ends once it has been done so many times."""
    done = []

    def do(rows):
        step(rows)
        done.append(rows)
        if len(done) > after:
            raise Killed

    return do


class TestAsking:
    def test_asks_for_nothing_where_nothing_is_behind(self, sent):
        assert rebuilds.ask(now=NOW) is None

    def test_the_workers_do_it(self, sent, update):
        update()
        job = rebuilds.ask(now=NOW)
        work()
        job.refresh_from_db()
        assert (job.state, job.done, job.total) == (Job.State.DONE, 5, 5)
        assert spread_bands() == bands_under(OTHER_SCHEME, sent)

    @pytest.mark.parametrize("ended", [Job.State.DONE, Job.State.QUARANTINED])
    def test_they_do_it_again_where_something_is_left(self, sent, update, ended):
        update()
        first = rebuilds.ask(now=NOW)
        Job.objects.filter(pk=first.pk).update(state=ended, done=3)
        again = rebuilds.ask(now=NOW)
        work()
        again.refresh_from_db()
        assert (again, again.state, again.done, again.total) == (first, Job.State.DONE, 5, 5)
        assert spread_bands() == bands_under(OTHER_SCHEME, sent)

    def test_the_job_lets_others_have_their_turn(self, sent, update, monkeypatch):
        update()
        monkeypatch.setattr(rebuilds, "SLICE", rebuilds.SLICE * 0)
        job = rebuilds.ask(now=NOW)
        work()
        job.refresh_from_db()
        assert (job.state, job.done) == (Job.State.WAITING, 2)
        for _ in range(4):
            work()
        job.refresh_from_db()
        assert (job.state, job.done) == (Job.State.DONE, 5)


@pytest.mark.django_db(transaction=True)
class TestAtTheSameTime:
    def test_two_rebuilds_and_people_who_send(self, alice, bob, update):
        sent = [send(alice, **pair(number)) for number in range(5)]
        work()
        update()
        barrier = threading.Barrier(3)
        with threads() as start:
            start(lambda: (barrier.wait(), rebuilds.run(tell=lambda _report: None)))
            start(lambda: (barrier.wait(), rebuilds.run(tell=lambda _report: None)))
            barrier.wait()
            sent += [send(bob, **pair(number, edited=True)) for number in range(5)]
            work()
        assert spread_bands() == bands_under(OTHER_SCHEME, sent)
        assert LookAlike.objects.filter(version__in=sent[5:], on="text").count() == 5


@contextmanager
def threads():
    """Threads with connections of their own, joined at the end; what one of them raises is raised here."""
    running, raised = [], []

    def start(work):
        def do():
            try:
                work()
            except Exception as error:  # noqa: BLE001 -- raised below
                raised.append(error)
            finally:
                connection.close()

        running.append(threading.Thread(target=do))
        running[-1].start()

    yield start
    for thread in running:
        thread.join()
    assert raised == []
