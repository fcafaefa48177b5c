"""Planted names, addresses and secrets: no file of any release tells who wrote or reviewed it, nor the site's key."""

import hashlib
from itertools import count

import pytest
from django.conf import settings as site
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crowd.models import Decision, Finding, Person, Submission
from crowd.services import events
from exports.domain.release import Choice
from exports.services.release_folder import place
from tests.support.factories import NOW, make_passage
from tests.support.releases import make_approved, make_release

pytestmark = pytest.mark.django_db

ALPHABET = st.sampled_from("bcdfghjklmnpqrstvwxz0123456789")
# Long enough that no release holds one by chance, and no word of a licence is one.
canaries = st.text(ALPHABET, min_size=14, max_size=20)
PATCHES = count()


def make_people(planted):
    """An author and a reviewer in whose every column a secret stands."""
    return [
        Person.objects.create_user(
            f"{planted[0]}{role}@{planted[1]}.example",
            f"{planted[2]}{role}",
            name=f"{planted[3]} {role}",
            role=role,
        )
        for role in ("contributor", "reviewer")
    ]


def plant(planted, author, reviewer):
    """An approved pair with a secret wherever people and machines write about it."""
    passage = make_passage(f"Swift {Submission.objects.count()} sleeps.")
    made = make_approved(author, reviewer, category="closed_qa", passage=passage)
    Decision.objects.filter(submission=made).update(reason=planted[4])
    Finding.objects.create(
        version=made.current_version,
        rule="pii.email",
        severity="warning",
        field="response",
        message=planted[5],
    )
    events.record("submission", str(made.public_id), "approve", now=NOW, actor=reviewer, reason=planted[4])


def planted_in_any(exports):
    """Tries so many releases of one to three records, with secrets of their own."""
    is_slow = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]

    def decorate(test):
        return settings(max_examples=exports, deadline=None, suppress_health_check=is_slow)(
            given(planted=st.lists(canaries, min_size=6, max_size=6, unique=True), records=st.integers(1, 3))(
                test
            )
        )

    return decorate


class TestAnyRelease:
    @planted_in_any(20)
    def test_tells_nobodys_name_and_no_secret(self, db, planted, records):
        assert_tells_nothing(planted, records)

    @pytest.mark.slow
    @pytest.mark.skipif(connection.vendor == "postgresql", reason="about files, which are the same on both")
    @planted_in_any(1_000)
    def test_of_a_thousand_tells_nobodys_name_and_no_secret(self, db, planted, records):
        """About a hundred seconds of processor time."""
        assert_tells_nothing(planted, records)


def assert_tells_nothing(planted, records):
    """Of a release on a site where nothing else is."""
    version = f"1.0.{next(PATCHES)}"
    with transaction.atomic():
        author, reviewer = make_people(planted)
        for _ in range(records):
            plant(planted, author, reviewer)
        assert make_release(version, Choice()).state == "ready"
        transaction.set_rollback(True)
    files = [path for path in place(version).rglob("*") if path.is_file()]
    told = b"\n".join(path.read_bytes() for path in files).lower()
    secrets = [*planted, site.SECRET_KEY, author.password, str(reviewer.email), *inner_hashes(author)]
    assert [secret for secret in secrets if secret.lower().encode() in told] == []
    assert b"pii.email" in told
    assert {"data/train.jsonl", "provenance.jsonl"} <= {
        path.relative_to(place(version)).as_posix() for path in files
    }


def inner_hashes(person):
    """What somebody could compute of an address they guess: a pseudonym must be none of these."""
    return [
        make(text.encode()).hexdigest()[:24]
        for make in (hashlib.md5, hashlib.sha1, hashlib.sha256)
        for text in (person.email, person.name, str(person.pk))
    ]
