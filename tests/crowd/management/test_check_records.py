"""`manage.py check_records`: a row for each finding. It needs no database."""

import io
import json
import subprocess
import sys

import pytest
from django.conf import settings
from django.core.management import call_command

from crowd.domain.records import data_line
from crowd.management.base import Refusal, WrongUsage

GOOD = data_line("What is steam?", "", "Water as a gas.", "open_qa")
NO_PASSAGE = data_line("What boils here?", "", "The kettle.", "closed_qa")
STRANGE = data_line("What is steam?", "", "Water as a gas.", "riddles")
BROKEN = b'{"instruction": "What is steam?", "response": "Hot.\\u0000", "category": "open_qa"}\n'


def check(tmp_path, *lines, to=None):
    """Run the command over a file of these lines; return its rows and its messages."""
    file, out, err = tmp_path / "records.jsonl", io.StringIO(), io.StringIO()
    file.write_bytes(b"".join(lines))
    call_command("check_records", str(file), *(["--to", str(to)] if to else []), stdout=out, stderr=err)
    return [json.loads(line) for line in out.getvalue().splitlines()], err.getvalue()


class TestCheckRecords:
    def test_a_good_record_has_no_findings(self, tmp_path):
        assert check(tmp_path, GOOD) == ([], "1 record checked; 0 findings.\n")

    def test_a_finding_is_a_row_with_the_contracts_keys(self, tmp_path):
        rows, _ = check(tmp_path, GOOD, b"\n", NO_PASSAGE)
        assert rows == [
            {
                "line": 3,
                "rule": "field.missing",
                "severity": "error",
                "field": "context",
                "start": 0,
                "end": 0,
                "message": "This category works on a passage: choose one, or paste it with its page address.",
            }
        ]

    def test_offsets_are_code_points_of_the_field(self, tmp_path):
        rows, _ = check(tmp_path, BROKEN)
        assert [(row["rule"], row["start"], row["end"]) for row in rows] == [("text.malformed", 4, 5)]

    @pytest.mark.parametrize(
        ("line", "rule"), [(STRANGE, "category.unknown"), (GOOD.replace(b"open_qa", b""), "field.missing")]
    )
    def test_a_category_nobody_knows(self, tmp_path, line, rule):
        rows, _ = check(tmp_path, line)
        assert [(row["rule"], row["severity"], row["field"]) for row in rows] == [(rule, "error", "category")]

    def test_to_a_file(self, tmp_path):
        out = tmp_path / "out.jsonl"
        assert check(tmp_path, NO_PASSAGE, to=out) == ([], "1 record checked; 1 finding.\n")
        assert len(out.read_text().splitlines()) == 1

    def test_bad_lines_end_in_1_after_the_rest(self, tmp_path):
        out = tmp_path / "out.jsonl"
        with pytest.raises(Refusal) as raised:
            check(tmp_path, b"[]\n", NO_PASSAGE, to=out)
        assert raised.value.returncode == 1
        assert [json.loads(line)["line"] for line in out.read_text().splitlines()] == [2]

    def test_a_full_disk_behind_stdout_ends_in_1_with_one_line(self, tmp_path):
        file = tmp_path / "in.jsonl"
        file.write_text('{"instruction": "", "response": "x", "category": "open_qa"}\n')
        with open("/dev/full", "w") as full:
            done = subprocess.run(
                [sys.executable, "manage.py", "check_records", str(file)],
                cwd=settings.BASE_DIR,
                stdout=full,
                stderr=subprocess.PIPE,
                text=True,
                check=False,
            )
        assert (done.returncode, done.stderr) == (
            1,
            "The output could not be written: No space left on device.\n",
        )

    def test_an_unwritable_place_ends_in_2_with_nothing_done(self, tmp_path):
        with pytest.raises(WrongUsage) as raised:
            check(tmp_path, GOOD, to=tmp_path)
        assert raised.value.returncode == 2


LONG = data_line("What is steam?", "", "Water as a gas. " * 1_626 + "It", "open_qa")
TEN_MEGABYTES = data_line("What is steam?", "", "steam " * (10 * 1024 * 1024 // 6), "open_qa")


class TestHostileFiles:
    """Whatever a line holds, it is answered by its number, and the others are checked."""

    def test_an_empty_file_has_nothing_to_check(self, tmp_path):
        assert check(tmp_path) == ([], "0 records checked; 0 findings.\n")

    def test_one_line_without_its_end(self, tmp_path):
        assert check(tmp_path, NO_PASSAGE.rstrip(b"\n"))[1] == "1 record checked; 1 finding.\n"

    def test_the_longest_response_of_dolly_is_within_the_limits(self, tmp_path):
        assert len(json.loads(LONG)["response"]) == 26_018
        assert check(tmp_path, LONG) == ([], "1 record checked; 0 findings.\n")

    def test_a_line_of_ten_megabytes_is_too_long_and_the_next_is_checked(self, tmp_path):
        rows, _ = check(tmp_path, TEN_MEGABYTES, NO_PASSAGE)
        assert [(row["line"], row["rule"]) for row in rows] == [(1, "length.long"), (2, "field.missing")]

    @pytest.mark.parametrize(
        ("line", "says"),
        [
            (
                b'{"instruction": "What is \xff?", "response": "x"}',
                "not UTF-8: byte 26 of the line cannot be read",
            ),
            (b"instruction,response", "not JSON: Expecting value at character 1"),
            (
                b'{"instruction": "a", "instruction": "b", "response": "c"}',
                'the key "instruction" appears more than once',
            ),
            (b'{"instruction": 1, "response": "x"}', "instruction must be a text, found a number"),
            (b'{"instruction": "a", "response": ["x"]}', "response must be a text, found a list"),
            (b'{"instruction": "a", "response": null}', "response must be a text, found null"),
            (b'{"instruction": "a"}', "the key response is missing"),
            (b'["a", "b"]', "expected an object with the keys of a record, found a list"),
            (b"[" * 100_000, "not JSON that can be read: a number is too long or the nesting too deep"),
            (b"9" * 5_000, "not JSON that can be read: a number is too long or the nesting too deep"),
        ],
    )
    def test_a_line_that_is_no_record_is_named_and_the_rest_checked(self, tmp_path, line, says):
        out = tmp_path / "out.jsonl"
        file, err = tmp_path / "records.jsonl", io.StringIO()
        file.write_bytes(GOOD + line + b"\n" + NO_PASSAGE)
        with pytest.raises(Refusal) as raised:
            call_command("check_records", str(file), to=out, stdout=io.StringIO(), stderr=err)
        assert raised.value.returncode == 1
        assert err.getvalue().splitlines()[0] == f"line 2: {says}"
        assert [json.loads(row)["line"] for row in out.read_text().splitlines()] == [3]

    @pytest.mark.parametrize("indent", [None, 2])
    def test_json_of_another_layout_is_told_how_to_become_lines(self, tmp_path, indent):
        array = json.dumps([json.loads(GOOD)], indent=indent).encode()
        with pytest.raises(Refusal, match=r"write one object per line\. `jq -c '\.\[\]' "):
            check(tmp_path, array)
