"""A file read by blocks of lines gives what each of its lines does."""

import io
import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crowd.domain import record_blocks
from crowd.domain.record_blocks import blocks_of, parse, read_records, text_of
from crowd.domain.records import UTF8_BOM, BadRecord, Record, data_line, parse_record, record_or_reason

GOOD = b'{"instruction": "Why?", "context": "", "response": "So.", "category": "open_qa"}'
WHY = Record("Why?", "", "So.", "open_qa")

LINES = st.lists(
    st.one_of(
        st.sampled_from(
            [
                GOOD,
                GOOD + b"\r",
                b"",
                b"  ",
                b"nonsense",
                UTF8_BOM,
                b"{}",
                b"[1]",
                b'{"instruction": "No context: \\"", "response": "\\":"}',
                b'{"instruction": "a", "response": "b", "response": "c"}',
                b'{"instruction": "a", "response" : "b", "response": "c"}',
                b'{"instruction": "a", "response"\t: "\\":", "response": "c"}',
                b'{"instruction": "a", "response": "b", "context": null, "id": 7}',
                b'{"instruction": "a", "response": "b", "id": {"n": 1, "n": 2}}',
                b'{"instruction": "a", "response": "b", "id": 0.5}',
                b'{"instruction": 1, "response": "b"}',
                b'{"instruction": "\\ud800", "response": "b"}',
                b'{"instruction": "a"',
                b'"response": "b"}',
            ]
        ),
        st.binary().map(lambda line: line.replace(b"\n", b"")),
    )
)


def read(data):
    """Return numbers with records, or with the reason as a string."""
    return [(n, str(r) if isinstance(r, BadRecord) else r) for n, r in read_records(io.BytesIO(data))]


class TestReadRecords:
    def test_numbers_are_physical_lines_from_one(self):
        assert read(GOOD + b"\n\n  \n" + GOOD + b"\n") == [(1, WHY), (4, WHY)]

    def test_empty_file(self):
        assert read(b"") == []

    def test_no_newline_at_the_end(self):
        assert read(GOOD) == [(1, WHY)]

    def test_byte_order_mark_and_crlf(self):
        assert read(b"\xef\xbb\xbf" + GOOD + b"\r\n" + GOOD + b"\r\n") == [(1, WHY), (2, WHY)]

    def test_a_line_of_ten_megabytes(self):
        response = "x" * 10_000_000
        assert read(data_line("Why?", "", response, "open_qa")) == [
            (1, Record("Why?", "", response, "open_qa"))
        ]

    def test_a_line_past_the_limit_is_skipped_and_the_rest_read(self, monkeypatch):
        monkeypatch.setattr("crowd.domain.records.MAX_LINE_BYTES", 100)
        reason = "the line is longer than 100 bytes"
        assert read(b"x" * 350 + b"\n" + GOOD + b"\n" + b"y" * 101) == [(1, reason), (2, WHY), (3, reason)]

    def test_bad_lines_are_reported_and_the_rest_read(self):
        assert read(b"nonsense\n" + GOOD + b"\n[1]\n") == [
            (1, "not JSON: Expecting value at character 1"),
            (2, WHY),
            (3, "expected an object with the keys of a record, found a list"),
        ]

    @given(LINES, st.integers(1, 200))
    def test_gives_what_each_line_does(self, lines, block_bytes):
        data = b"\n".join(lines)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(record_blocks, "_BLOCK_BYTES", block_bytes)
            made = read(data)
        lines = data.removeprefix(UTF8_BOM).split(b"\n")
        each = [(n, record_or_reason(parse_record, line)) for n, line in enumerate(lines, 1) if line.strip()]
        assert made == [(n, str(r) if isinstance(r, BadRecord) else r) for n, r in each]


class TestBlocksOf:
    @given(LINES, st.integers(1, 200), st.data())
    def test_gives_those_lines(self, lines, block_bytes, data):
        stream = io.BytesIO(b"\n".join(lines))
        there = {n: r for n, r in read_records(stream) if isinstance(r, Record)}
        wanted = sorted(data.draw(st.sets(st.sampled_from(sorted(there))))) if there else []
        stream.seek(0)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(record_blocks, "_BLOCK_BYTES", block_bytes)
            found = [
                (number, record)
                for block in blocks_of(stream, np.array(wanted, np.int64))
                for number, record in zip(
                    block.numbers.tolist(), parse(block.lines(np.arange(len(block.numbers)))), strict=True
                )
            ]
        assert found == [(number, there[number]) for number in wanted]


class TestTextOf:
    @given(st.text(st.characters(exclude_categories=[])), st.booleans())
    def test_reads_what_json_writes(self, text, ascii_only):
        written = json.dumps(text, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")[1:-1]
        try:
            expected = json.loads(f'"{written.decode()}"')
        except UnicodeDecodeError:
            return  # no valid JSON, though `json` lets half of a surrogate pair pass as bytes
        assert text_of(written) == expected
