import csv
from io import BytesIO, StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crowd.domain import formats
from crowd.domain.formats import BadFile, Entry
from crowd.domain.formats.csv_file import DELIMITERS, MAX_FIELD_CHARS
from crowd.domain.records import BadRecord, Record

HEAD = "instruction,context,response,category\n"


def read(text, **mapping):
    data = text if isinstance(text, bytes) else text.encode()
    return [
        (line, str(found) if isinstance(found, BadRecord) else found[0].record)
        for line, found in formats.read(BytesIO(data), "csv", mapping=mapping)
    ]


class TestRows:
    def test_are_records_by_their_physical_line(self):
        assert read(HEAD + "Why?,,Because.,open_qa\n\nWho?,A passage.,Me.,closed_qa\n") == [
            (2, Record("Why?", "", "Because.", "open_qa")),
            (4, Record("Who?", "A passage.", "Me.", "closed_qa")),
        ]

    def test_may_have_quotes_delimiters_and_line_ends_within_quotes(self):
        text = HEAD + '"Say ""hi"", please","two\r\nlines\n","a, b",closed_qa\nWhy?,,Because.,open_qa\n'
        assert read(text) == [
            (2, Record('Say "hi", please', "two\r\nlines\n", "a, b", "closed_qa")),
            (5, Record("Why?", "", "Because.", "open_qa")),
        ]

    def test_may_end_with_crlf_and_begin_with_a_byte_order_mark(self):
        assert read("\ufeffinstruction,response\r\nWhy?,Because.\r\n") == [
            (2, Record("Why?", "", "Because.", "general_qa"))
        ]

    @pytest.mark.parametrize("delimiter", DELIMITERS)
    def test_may_be_parted_by(self, delimiter):
        text = "response,instruction,note\nBecause,Why?,no comma\n".replace(",", delimiter)
        assert read(text) == [(2, Record("Why?", "", "Because", "general_qa"))]

    @given(
        rows=st.lists(
            st.tuples(
                *[st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1)] * 3
            )
        )
    )
    def test_read_back_as_the_csv_module_wrote_them(self, rows):
        file = StringIO(newline="")
        csv.writer(file, quoting=csv.QUOTE_ALL).writerows([("instruction", "context", "response"), *rows])
        records = [record for _line, record in read(file.getvalue())]
        assert records == [Record(*row, "general_qa") for row in rows]


class TestColumns:
    def test_are_mapped(self):
        text = "id,prompt,completion,kind\n1,Why?,Because.,open_qa\n"
        mapping = {"instruction": "prompt", "response": "completion", "category": "kind"}
        assert read(text, **mapping) == [(2, Record("Why?", "", "Because.", "open_qa"))]

    def test_a_mapping_goes_before_a_column_of_the_fields_own_name(self):
        text = "instruction,prompt,response\nold,new,Because.\n"
        assert read(text, instruction="prompt")[0][1].instruction == "new"

    @pytest.mark.parametrize(
        ("mapping", "says"),
        [
            ({}, "No column is named response: say which it is with --map response=COLUMN"),
            ({"response": "answer"}, "There is no column answer, from which response should come"),
            ({"response": "completion", "category": "open_qa"}, "There is no column open_qa"),
            ({"response": "twice"}, "The column twice is there more than once"),
            ({"response": "instruction"}, "The column instruction cannot be more than one field"),
        ],
    )
    def test_that_cannot_be_found_name_those_that_there_are(self, mapping, says):
        with pytest.raises(BadFile) as refused:
            read("instruction,completion,twice,twice\n", **mapping)
        assert str(refused.value).startswith(says)
        assert str(refused.value).endswith(" The file's columns are: instruction, completion, twice, twice.")

    def test_of_an_empty_file_are_asked_for(self):
        with pytest.raises(BadFile, match="The file is empty"):
            read("")

    def test_that_are_not_utf_8_are_refused(self):
        with pytest.raises(BadFile, match="not UTF-8: byte 1 of line 1"):
            read(b"\xe9tat,instruction,response\n")


class TestBadRows:
    def test_are_named_by_the_line_they_begin_on_and_the_rest_goes_on(self):
        text = HEAD + (
            'Good?,"two\n'
            'lines",Yes.,closed_qa\n'
            "Short?,,Yes.\n"
            'Long?,,Yes.,open_qa,"and\n'
            'more"\n'
            "Good?,,Yes.,\n"
            'Odd?,,"Yes" no,open_qa\n'
            "Last?,,Yes.,open_qa"
        )
        assert read(text) == [
            (2, Record("Good?", "two\nlines", "Yes.", "closed_qa")),
            (4, "the row has 3 values, and the file 4 columns"),
            (5, "the row has 5 values, and the file 4 columns"),
            (7, "the category is empty"),
            (8, 'text follows a closing quote: write a quote inside of quotes twice ("")'),
            (9, Record("Last?", "", "Yes.", "open_qa")),
        ]

    def test_in_another_encoding_say_where(self):
        data = b"instruction,response\nWhy?,Because.\nO\xf9?,L\xe0.\nWho?,Me.\n"
        assert [found for _line, found in read(data)] == [
            Record("Why?", "", "Because.", "general_qa"),
            "not UTF-8: byte 2 of line 3 cannot be read. Save the file as UTF-8",
            Record("Who?", "", "Me.", "general_qa"),
        ]

    def test_a_quote_that_is_never_closed_is_named_where_it_opens(self):
        assert read('instruction,response\nWhy?,Because.\nWho?,"Me.\nWhat?,This.\n')[1] == (
            3,
            f'a quote (") is opened and not closed, or a value has more than {MAX_FIELD_CHARS:,} characters',
        )

    def test_a_very_long_value_does_not_take_the_next_row_with_it(self):
        rows = read("instruction,response\nWhy?," + "x" * (MAX_FIELD_CHARS + 1) + "\nWho?,Me.\n")
        assert [line for line, _found in rows] == [2, 3]
        assert rows[1][1] == Record("Who?", "", "Me.", "general_qa")

    def test_lone_carriage_returns_are_named(self):
        assert read("instruction,response\nWhy?,Because.\rWho?,Me.\n") == [
            (2, "a carriage return stands alone outside of quotes: end lines with LF or CRLF")
        ]


def test_an_entry_names_no_model():
    [(_line, entries)] = formats.read(BytesIO(b"instruction,response\na,b\n"), "csv", mapping={})
    assert entries == (Entry(Record("a", "", "b", "general_qa")),)
