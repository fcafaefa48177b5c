"""Dolly's line, written and read."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crowd.domain import records
from crowd.domain.records import BadRecord, Record, data_line, json_object, line_sha256, parse_record

GOOD = b'{"instruction": "Why?", "context": "", "response": "So.", "category": "open_qa"}'
WHY = Record("Why?", "", "So.", "open_qa")


class TestDataLine:
    def test_four_keys_in_dollys_order_as_utf8_with_lf(self):
        line = data_line("Caf\u00e9?", 'a "b"\n', "ja", "open_qa")
        expected = (
            '{"instruction":"Caf\u00e9?","context":"a \\"b\\"\\n","response":"ja","category":"open_qa"}\n'
        )
        assert line == expected.encode()

    @given(st.text(), st.text(), st.text(), st.text())
    def test_reads_back_as_written(self, instruction, context, response, category):
        record = Record(instruction, context, response, category)
        assert parse_record(data_line(instruction, context, response, category)) == record

    def test_sha256_covers_the_line_end(self):
        assert line_sha256(b"{}\n") == "ca3d163bab055381827226140568f3bef7eaac187cebd76878e0b63e9e442356"


class TestParseRecord:
    @pytest.mark.parametrize("context", ["", ', "context": null', ', "context": ""'])
    def test_context_and_category_may_be_absent(self, context):
        line = f'{{"instruction": "Why?", "response": "So."{context}}}'.encode()
        assert parse_record(line) == Record("Why?", "", "So.", "")

    def test_other_keys_are_ignored(self):
        assert parse_record(GOOD.replace(b"{", b'{"id": {"a": [1]}, ')) == WHY

    @pytest.mark.parametrize(
        ("line", "reason"),
        [
            (b'{"response": "b"}', "the key instruction is missing"),
            (b'{"instruction": "a"}', "the key response is missing"),
            (b'{"instruction": null, "response": "b"}', "instruction must be a text, found null"),
            (b'{"instruction": 1, "response": "b"}', "instruction must be a text, found a number"),
            (b'{"instruction": true, "response": "b"}', "instruction must be a text, found true or false"),
            (b'{"instruction": "a", "response": ["b"]}', "response must be a text, found a list"),
            (
                b'{"instruction": "a", "response": "b", "context": {}}',
                "context must be a text, found an object",
            ),
            (b'{"instruction": "a", "instruction": "a"}', 'the key "instruction" appears more than once'),
            (b'{"instruction": "\xff"}', "not UTF-8: byte 18 of the line cannot be read"),
            (b'{"instruction": "a"', "not JSON: Expecting ',' delimiter at character 20"),
            (b'"a"', "expected an object with the keys of a record, found a text"),
            (b'{"instruction": "a\x00"}', "not JSON: Invalid control character at at character 19"),
        ],
    )
    def test_reason_says_what_is_wrong(self, line, reason):
        with pytest.raises(BadRecord) as raised:
            parse_record(line)
        assert str(raised.value) == reason

    @pytest.mark.parametrize("line", [b"[" * 100_000, b'{"n": ' + b"9" * 10_000 + b"}"])
    def test_too_deep_or_too_long_numbers(self, line):
        with pytest.raises(BadRecord, match="a number is too long or the nesting too deep"):
            parse_record(line)

    def test_a_lone_surrogate_is_for_the_checks(self):
        line = json.dumps({"instruction": "\ud800", "response": "b"}).encode()
        assert parse_record(line).instruction == "\ud800"

    @given(
        st.binary(),
        st.sampled_from([b" ", b"", b"  ", b"\t"]),
        st.sampled_from([b"response", b"context", b"id"]),
    )
    def test_is_read_alike_the_quick_way_and_the_careful_one(self, text, space, key):
        value = json.dumps(text.decode("utf-8", "replace")).encode()
        line = b'{"instruction": %s, "response"%s: %s, "%s"%s: %s}' % (value, space, value, key, space, value)
        quick = records._plain_object(line)
        if quick is not None:
            assert quick == json_object(line)
        if key == b"response":
            with pytest.raises(BadRecord, match="more than once"):
                parse_record(line)
