"""The lines that a database makes are the ones that Python would make, whatever the texts hold."""

import pytest
from django.db import DEFAULT_DB_ALIAS
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crowd.domain.records import data_line
from crowd.models import Passage, Version
from exports.models import Release
from exports.services import release_lines
from tests.support.factories import make_passage, make_source, make_submission
from tests.support.releases import make_release

# What JSON escapes, what some escape and others do not, and what is more than two bytes.
HOSTILE = (
    "".join(map(chr, range(1, 0x20)))
    + "\"\\/\x7f\x80\x85\xa0\u2028\u2029\ufeff\ufffd\uffff\U0001f426\U0010ffff<>&'%{}"
)
texts = st.text(
    st.one_of(st.sampled_from(HOSTILE), st.characters(exclude_characters="\0", exclude_categories=("Cs",))),
    max_size=60,
)


@pytest.fixture
def record(db):
    """The one record of a release, whose texts may be written over as no service does."""
    passage = make_passage()
    submission = make_submission(
        source=make_source(), state="approved", category="closed_qa", passage=passage
    )
    make_release()
    return submission.current_version


def lines():
    return b"".join(release_lines.blocks_of_lines(Release.objects.get(), using=DEFAULT_DB_ALIAS))


class TestALine:
    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300)
    @given(instruction=texts, context=texts, response=texts)
    def test_is_the_one_that_python_writes(self, record, instruction, context, response):
        Version.objects.filter(pk=record.pk).update(instruction=instruction, response=response)
        Passage.objects.filter(pk=record.passage_id).update(text=context)
        assert lines() == data_line(instruction, context, response, "closed_qa")

    def test_without_a_passage_has_an_empty_context(self, record):
        Version.objects.filter(pk=record.pk).update(passage=None)
        assert lines() == data_line(record.instruction, "", record.response, "closed_qa")

    def test_of_every_hostile_character_at_once(self, record):
        Version.objects.filter(pk=record.pk).update(instruction=HOSTILE, response=HOSTILE[::-1])
        assert lines() == data_line(HOSTILE, record.context, HOSTILE[::-1], "closed_qa")


class TestTheWholeFile:
    def test_is_the_same_however_many_lines_go_into_a_block(self, db, monkeypatch):
        source = make_source()
        approved = [make_submission(source=source, state="approved").current_version for _ in range(7)]
        make_release()
        expected = [
            data_line(version.instruction, "", version.response, "open_qa")
            for version in sorted(approved, key=lambda version: version.sha256)
        ]
        for size in (1, 3, 7, 1_000):
            monkeypatch.setattr(release_lines, "LINES_A_BLOCK", size)
            assert lines() == b"".join(expected)
