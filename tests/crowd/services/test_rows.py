"""New rows: stored as `save()` would store them, or not at all where one is here already."""

import pytest
from django.db import IntegrityError

from crowd.models import Job
from crowd.services import rows
from tests.support.factories import NOW

pytestmark = pytest.mark.django_db


def job(key="1:1", **fields):
    return Job(
        kind="check", key=key, payload={"version": 1}, run_at=NOW, rung_at=NOW, created_at=NOW, **fields
    )


def as_kept(row):
    return {field.name: getattr(Job.objects.get(pk=row.pk), field.name) for field in Job._meta.fields}


class TestInsert:
    def test_stores_what_save_stores(self):
        inserted, saved = job("inserted"), job("saved")
        rows.insert(inserted)
        saved.save(force_insert=True)
        assert as_kept(inserted) == as_kept(saved) | {"id": inserted.pk, "key": "inserted"}

    def test_leaves_a_row_that_can_be_saved_again(self):
        inserted = job()
        rows.insert(inserted)
        inserted.attempt = 2
        inserted.save()
        assert [(kept.pk, kept.attempt) for kept in Job.objects.all()] == [(inserted.pk, 2)]

    def test_raises_where_one_is_here(self):
        rows.insert(job())
        with pytest.raises(IntegrityError, match="(?i)unique"):
            rows.insert(job())


class TestInsertIfNew:
    def test_stores_a_new_one(self):
        assert (rows.insert_if_new(job()), Job.objects.count()) == (True, 1)

    def test_leaves_the_one_that_is_here(self):
        rows.insert(job(attempt=3))
        second = job()
        assert (rows.insert_if_new(second), second.pk) == (False, None)
        assert Job.objects.get().attempt == 3
