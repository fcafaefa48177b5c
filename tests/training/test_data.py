import json

import pytest

from training.data import BadRows, Record, parse, read

GOOD = {"instruction": "Why?", "context": "", "response": "So.", "category": "open_qa"}


def line(**changes):
    return json.dumps({**GOOD, **changes}).encode()


class TestAFile:
    def test_becomes_records(self, tmp_path):
        path = tmp_path / "data.jsonl"
        path.write_bytes(line() + b"\r\n" + line(instruction="How?"))
        assert read(path).records == [
            Record(1, "Why?", "So.", category="open_qa"),
            Record(2, "How?", "So.", category="open_qa"),
        ]

    def test_with_bad_rows_is_refused_naming_every_line(self, tmp_path):
        path = tmp_path / "data.jsonl"
        path.write_bytes(b"\n".join([line(), b"{", line(response=" "), line(), b"\xff"]))
        with pytest.raises(BadRows) as caught:
            read(path)
        assert [number for number, _ in caught.value.rows] == [2, 3, 5]

    def test_with_many_bad_rows_names_some_and_lists_all(self, tmp_path):
        path = tmp_path / "data.jsonl"
        path.write_bytes(b"[]\n" * 23)
        with pytest.raises(
            BadRows, match="line 20: not a JSON object; and 3 more, which the log names"
        ) as caught:
            read(path)
        header, *listed = caught.value.in_full.splitlines()
        assert header == "23 bad row(s) in the data:"
        assert listed == [f"line {number}: not a JSON object" for number in range(1, 24)]

    def test_without_records_is_refused(self, tmp_path):
        path = tmp_path / "data.jsonl"
        path.write_bytes(b"")
        with pytest.raises(BadRows, match="holds no records"):
            read(path)


class TestARow:
    def test_may_lack_context_and_category(self):
        assert parse(b'{"instruction": "Why?", "response": "So."}', number=7) == Record(7, "Why?", "So.")

    @pytest.mark.parametrize(
        ("row", "reason"),
        [
            (b"", "not JSON"),
            (b"[" * 100_000, "not JSON"),
            (b"[]", "not a JSON object"),
            (b'{"instruction": "\xc3"}', "not UTF-8 at byte 18"),
            (b'{"instruction": "Why?"}', "response is missing"),
            (line(instruction=""), "instruction is empty"),
            (line(response=None), "response is not a text"),
            (line(context=["a"]), "context is not a text"),
            (line(category=1), "category is not a text"),
            (line(input="a"), "unknown key 'input'"),
            (line()[:-1] + b', "response": "No."}', "the key 'response' stands there twice"),
            (line(response="\ud800"), "response holds a lone surrogate"),
        ],
    )
    def test_that_is_bad_tells_why(self, row, reason):
        with pytest.raises(ValueError, match=reason):
            parse(row, number=1)
