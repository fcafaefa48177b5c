import json
from io import BytesIO

import pytest

from crowd.domain import formats
from crowd.domain.formats import BadFile, Entry
from crowd.domain.records import BadRecord, Record


def read(data, name, mapping=None):
    return list(formats.read(BytesIO(data), name, mapping=mapping or {}))


def entries(name, *objects):
    return [
        entry
        for _line, some in read(b"\n".join(json.dumps(one).encode() for one in objects), name)
        for entry in some
    ]


def reason(name, one):
    [(line, problem)] = read(json.dumps(one).encode(), name)
    assert (line, type(problem)) == (1, BadRecord)
    return str(problem)


class TestDolly:
    def test_has_a_category(self):
        fields = {"instruction": "Add.", "context": "", "response": "Three.", "category": "open_qa"}
        assert entries("dolly", fields) == [Entry(Record("Add.", "", "Three.", "open_qa"))]
        assert reason("dolly", fields | {"category": ""}) == "the key category is missing or empty"


class TestAlpaca:
    def test_names_the_context_input_and_is_free_form(self):
        fields = {"instruction": "Add.", "input": "1 and 2", "output": "The sum is 3."}
        assert entries("alpaca", fields) == [Entry(Record("Add.", "1 and 2", "The sum is 3.", "general_qa"))]

    def test_needs_its_output(self):
        assert reason("alpaca", {"instruction": "Add.", "input": ""}) == "the key output is missing"


class TestSelfInstruct:
    def test_gives_a_record_for_each_instance(self):
        instances = [{"input": "", "output": "Three."}, {"input": "2", "output": "Four."}]
        assert entries("self-instruct", {"instruction": "Add.", "instances": instances}) == [
            Entry(Record("Add.", "", "Three.", "general_qa")),
            Entry(Record("Add.", "2", "Four.", "general_qa")),
        ]

    @pytest.mark.parametrize("instances", [None, [], "none", [5]])
    def test_needs_instances(self, instances):
        assert "instance" in reason("self-instruct", {"instruction": "Add.", "instances": instances})


class TestWholeFiles:
    @pytest.mark.parametrize("start", [b"[\n  {", b"[{", b"\xef\xbb\xbf [\r\n{"])
    def test_an_array_is_refused_with_what_to_do(self, start):
        with pytest.raises(BadFile, match="jq -c"):
            read(start + b'"instruction": "Add."}]', "alpaca")

    def test_a_line_that_is_a_list_is_a_bad_row(self):
        assert reason("alpaca", ["Add."]) == "expected an object with the keys of a record, found a list"

    @pytest.mark.parametrize("name", ["dolly", "csv"])
    @pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
    def test_of_another_encoding_are_refused(self, name, encoding):
        with pytest.raises(BadFile, match="Save it as UTF-8"):
            read("\ufeffinstruction,response".encode(encoding), name)

    def test_of_objects_have_no_columns_to_map(self):
        with pytest.raises(BadFile, match="--map is for tables"):
            read(b"", "dolly", {"instruction": "prompt"})

    def test_may_be_empty(self):
        assert read(b"", "dolly") == []
