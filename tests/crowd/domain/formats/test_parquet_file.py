import subprocess
import sys
from io import BytesIO

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from crowd.domain import formats
from crowd.domain.formats import BadFile
from crowd.domain.records import BadRecord, Record


def written(columns, **options):
    file = BytesIO()
    pq.write_table(pa.table(columns), file, **options)
    return file


def read(file, **mapping):
    file.seek(0)
    return [
        (line, str(found) if isinstance(found, BadRecord) else found[0].record)
        for line, found in formats.read(file, "parquet", mapping=mapping)
    ]


def column(length=2, **columns):
    return {"instruction": ["Why?", "Who?"][:length], "response": ["Because.", "Me."][:length]} | columns


class TestRows:
    def test_are_records_by_their_number(self):
        assert read(written(column(context=[None, "A passage."], category=["open_qa", "closed_qa"]))) == [
            (1, Record("Why?", "", "Because.", "open_qa")),
            (2, Record("Who?", "A passage.", "Me.", "closed_qa")),
        ]

    @pytest.mark.parametrize("text", [pa.string(), pa.large_string(), pa.dictionary(pa.int32(), pa.string())])
    def test_have_texts_of_any_kind(self, text):
        columns = {name: pa.array(values).cast(text) for name, values in column().items()}
        assert [record for _line, record in read(written(columns))] == [
            Record("Why?", "", "Because.", "general_qa"),
            Record("Who?", "", "Me.", "general_qa"),
        ]

    def test_go_on_from_one_row_group_to_the_next(self):
        numbers = [str(number) for number in range(2_500)]
        file = written({"instruction": numbers, "response": numbers}, row_group_size=700)
        assert read(file) == [(int(n) + 1, Record(n, "", n, "general_qa")) for n in numbers]

    def test_take_the_mapped_columns_and_leave_the_others_unread(self):
        file = written({"a.b": ["Why?"], "completion": ["Because."], "scores": [[1, 2]]})
        assert read(file, instruction="a.b", response="completion") == [
            (1, Record("Why?", "", "Because.", "general_qa"))
        ]


class TestBadRows:
    @pytest.mark.parametrize(
        ("values", "named"),
        [
            ([5, 6], "int64"),
            ([b"a", b"b"], "binary"),
            ([True, False], "bool"),
            ([["a"], []], "list<item: string>"),
            ([{"text": "a"}, {"text": "b"}], "struct<text: string>"),
        ],
    )
    def test_a_column_of_something_else_is_refused_row_by_row(self, values, named):
        found = read(written(column(response=values)))
        assert [line for line, _reason in found] == [1, 2]
        assert {reason.replace("element", "item") for _line, reason in found} == {
            f"response must be a text, found {named}"
        }

    def test_without_a_text_are_refused(self):
        assert read(written(column(response=[None, "Me."], category=["open_qa", None]))) == [
            (1, "response must be a text, found null"),
            (2, "the category is empty"),
        ]

    def test_that_are_not_utf_8_are_refused(self):
        offsets, letters = pa.py_buffer(b"\0\0\0\0\1\0\0\0\2\0\0\0"), pa.py_buffer(b"a\xff")
        broken = pa.Array.from_buffers(pa.string(), 2, [None, offsets, letters])
        assert read(written(column(response=broken))) == [
            (1, Record("Why?", "", "a", "general_qa")),
            (2, "response is not UTF-8: its byte 1 cannot be read"),
        ]


class TestFiles:
    def test_that_lack_a_column_name_those_that_they_have(self):
        with pytest.raises(BadFile, match="The file's columns are: instruction, response"):
            read(written(column()), category="kind")

    @pytest.mark.parametrize("data", [b"", b"instruction,response\n", b"PAR1....PAR1"])
    def test_that_are_something_else_are_refused(self, data):
        with pytest.raises(BadFile, match="no Parquet file that can be read"):
            read(BytesIO(data))

    def test_that_are_damaged_give_what_comes_before(self):
        texts = [f"row {number}" for number in range(10_000)]
        data = bytearray(written({"instruction": texts, "response": texts}, row_group_size=1_000).getvalue())
        data[60_000:60_200] = b"\x99" * 200
        *good, (line, reason) = read(BytesIO(bytes(data)))
        assert [number for number, _record in good] == list(range(1, line))
        assert (0 < line < 10_000, reason[:51]) == (
            True,
            "the file is damaged and cannot be read from here on",
        )


def test_its_library_is_loaded_for_this_format_alone():
    program = "import sys, crowd.domain.formats; print('pyarrow' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert done.stdout == "False\n"
