"""What a release tells of its records is one moment's truth, while people go on writing."""

from contextlib import contextmanager
from threading import Thread

import pytest
from django.db import DEFAULT_DB_ALIAS, connection, connections, transaction
from django.db.backends.signals import connection_created
from django.utils import timezone

from crowd.models import Passage
from exports import queries
from exports.domain.release import Choice
from exports.services import release as releases
from exports.services import release_snapshot
from tests.support.factories import NOW, make_passage
from tests.support.releases import make_approved, provenance

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def pair(alice, rita):
    """Two passages that are always verified together, each used by one record."""
    passages = [make_passage(f"Text {number}.", revision_id=number) for number in (1, 2)]
    for passage in passages:
        make_approved(alice, rita, category="closed_qa", passage=passage)
    return passages


def elsewhere(write):
    """Do something in another thread, which has a connection of its own."""

    def act():
        try:
            write()
        finally:
            connections.close_all()

    thread = Thread(target=act)
    thread.start()
    thread.join()


def verify_both():
    Passage.objects.filter(revision_id__in=(1, 2)).update(verified_at=timezone.now())


@pytest.fixture
def written_between_reads(monkeypatch):
    """Each record is read by itself, and after the first one somebody verifies both passages."""
    monkeypatch.setattr(queries, "CHUNK", 1)
    reads = []

    def watch(execute, sql, params, many, context):
        if sql.startswith("SELECT") and '"position" >= ' in sql and '"crowd_passage"' in sql:
            if len(reads) == 1:
                elsewhere(verify_both)
            reads.append(sql)
        return execute(sql, params, many, context)

    def watch_it(connection, **_signal):
        connection.execute_wrappers.append(watch)

    connection_created.connect(watch_it)
    with connection.execute_wrapper(watch):
        yield
    connection_created.disconnect(watch_it)


def verified_in(version):
    return [told["passage"]["verified"] for told in provenance(version)]


def cut(version):
    return releases.cut_here(version, Choice(), clock=lambda: NOW)


class TestProvenance:
    def test_is_of_one_moment(self, pair, written_between_reads):
        assert cut("1.0.0").state == "ready"
        assert verified_in("1.0.0") == [False, False]
        assert cut("1.1.0").state == "ready"
        assert verified_in("1.1.0") == [True, True]

    def test_without_the_snapshot_would_mix_two(self, pair, written_between_reads, monkeypatch):
        @contextmanager
        def no_snapshot():
            yield DEFAULT_DB_ALIAS

        monkeypatch.setattr(release_snapshot, "one_moment", no_snapshot)
        cut("1.0.0")
        assert verified_in("1.0.0") == [False, True]


class TestTheSnapshot:
    def test_is_over_with_its_block_whatever_happens(self, db):
        with pytest.raises(ZeroDivisionError), release_snapshot.one_moment() as alias:
            assert Passage.objects.using(alias).count() == 0
            1 / 0  # noqa: B018
        assert not hasattr(connections._connections, release_snapshot.ALIAS)

    def test_keeps_nobody_from_writing(self, pair):
        with release_snapshot.one_moment() as alias:
            elsewhere(verify_both)
            verify_both()
            assert not Passage.objects.using(alias).exclude(verified_at=None).exists()
        assert Passage.objects.exclude(verified_at=None).count() == 2

    def test_is_not_taken_inside_a_transaction_of_the_callers(self, db):
        with transaction.atomic(), release_snapshot.one_moment() as alias:
            assert alias == DEFAULT_DB_ALIAS
