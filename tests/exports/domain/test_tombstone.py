import json
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exports.domain.tombstone import BadTombstone, Kind, Since, Tombstone, audit, count, lines, read

TOLD = Tombstone("5f6d2c1e-0000-4000-8000-000000000001", "a" * 64, "withdrawn", "2026-03-04", "1.0.0")

tombstones = st.builds(
    Tombstone,
    id=st.uuids().map(str),
    sha256=st.text("0123456789abcdef", min_size=64, max_size=64),
    kind=st.sampled_from(list(Kind)).map(str),
    on=st.dates().map(date.isoformat),
    release=st.sampled_from(["1.0.0", "1.1.0-rc.1"]),
)


class TestALine:
    def test_has_five_keys(self):
        assert TOLD.line == (
            b'{"id":"5f6d2c1e-0000-4000-8000-000000000001","sha256":"' + b"a" * 64 + b'",'
            b'"kind":"withdrawn","on":"2026-03-04","release":"1.0.0"}\n'
        )

    @given(tombstones)
    def test_is_read_as_it_was_written(self, told):
        assert read(told.line) == told

    @pytest.mark.parametrize(
        "change",
        [
            {"id": "1"},
            {"sha256": "A" * 64},
            {"kind": "deleted"},
            {"on": "yesterday"},
            {"on": "20260304"},
            {"release": 1},
            {"who": "alice"},
        ],
    )
    def test_that_no_release_writes_is_refused(self, change):
        fields = json.loads(TOLD.line) | change
        with pytest.raises(BadTombstone):
            read(json.dumps(fields, separators=(",", ":")).encode() + b"\n")

    @pytest.mark.parametrize("line", [b"", b"{}\n", b"[]\n", b"\xff\n", TOLD.line.replace(b":", b": ")])
    def test_of_another_spelling_is_refused(self, line):
        with pytest.raises(BadTombstone):
            read(line)


class TestTheFile:
    @given(st.lists(tombstones), st.randoms())
    def test_is_the_same_in_whatever_order_they_come(self, told, random):
        shuffled = random.sample(told, len(told))
        assert lines(shuffled) == lines(told)


class TestCounting:
    def test_is_by_kind(self):
        other = Tombstone(TOLD.id, "b" * 64, "corrected", TOLD.on, TOLD.release)
        assert count([TOLD, other, TOLD]) == Since(withdrawn=2, corrected=1)

    def test_of_none_is_nothing(self):
        assert not count([])
        assert Since(corrected=1)


class TestTheAudit:
    OTHER = Tombstone("6f6d2c1e-0000-4000-8000-000000000001", "b" * 64, "corrected", "2026-03-04", "1.0.0")

    def problems(self, *content, holds=()):
        return list(audit(content, holds=lambda record: record in holds))

    def test_finds_nothing_in_what_a_release_writes(self):
        written = lines([self.OTHER, TOLD]).splitlines(keepends=True)
        assert self.problems(*written, holds={self.OTHER.id}) == []

    def test_finds_a_withdrawn_record_in_the_data(self):
        assert self.problems(TOLD.line, holds={TOLD.id}) == [
            f"tombstones.jsonl, line 1: the record {TOLD.id} is withdrawn, and stands in the data"
        ]

    @pytest.mark.parametrize("second", [TOLD, OTHER])
    def test_finds_what_is_out_of_order_or_repeated(self, second):
        content = (self.OTHER.line, second.line)
        assert self.problems(*content) == [
            "tombstones.jsonl, line 2: it is out of order, or stands there twice"
        ]

    def test_names_the_line_that_is_none(self):
        assert self.problems(TOLD.line, b"{}\n") == [
            "tombstones.jsonl, line 2: it must have the keys id, sha256, kind, on, release, in this order"
        ]
