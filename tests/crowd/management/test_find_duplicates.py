"""`manage.py find_duplicates`: rows on stdout or --to, messages on stderr, exit 0, 1 or 2. It needs no database."""

import io
import json
import os

import pytest
from django.core.management import call_command

from crowd.domain.records import data_line
from crowd.domain.similarity import kernels
from crowd.management.base import Refusal, WrongUsage

STEAM = data_line(
    "What is steam?", "", "Water as a gas, hot and unseen until it cools in the air.", "open_qa"
)
AGAIN = data_line("what is STEAM", "", "A way to cook vegetables.", "brainstorming")
ABOUT_KETTLES = data_line("Who uses kettles?", "Kettles boil.", "All of us do.", "closed_qa")
WHAT_BOILS = data_line("Name what boils here.", "Kettles boil.", "It is the kettle.", "closed_qa")

EXACT = {
    "kind": "exact",
    "on": "text",
    "a": 1,
    "b": 3,
    "score": 1.0,
    "why": "the same instruction, context and response",
}
NEAR = {
    "kind": "near",
    "on": "instruction",
    "a": 1,
    "b": 3,
    "score": 1.0,
    "why": "the same instruction after case and punctuation",
}


@pytest.fixture
def given(tmp_path):
    """Write a file from its lines and return its path."""

    def write(*lines):
        path = tmp_path / "records.jsonl"
        path.write_bytes(b"".join(lines))
        return path

    return write


@pytest.fixture
def messages():
    """What the command wrote to stderr."""
    return io.StringIO()


@pytest.fixture
def find(messages):
    """Run the command and return its rows."""

    def run(*arguments):
        out = io.StringIO()
        call_command("find_duplicates", *map(str, arguments), stdout=out, stderr=messages)
        return [json.loads(line) for line in out.getvalue().splitlines()]

    return run


class TestFindDuplicates:
    def test_copies_are_rows_with_the_contracts_keys(self, find, given, messages):
        assert find(given(STEAM, ABOUT_KETTLES, STEAM)) == [EXACT, NEAR]
        assert messages.getvalue() == "Comparing with numba.\n3 records read; pairs found: 1 exact, 1 near.\n"

    def test_a_category_does_not_tell_copies_apart(self, find, given):
        other = STEAM.replace(b"open_qa", b"general_qa")
        assert [row["kind"] for row in find(given(STEAM, other))] == ["exact", "near"]

    def test_lines_are_physical(self, find, given):
        assert find(given(STEAM, b"\n", AGAIN)) == [NEAR]

    def test_without_numba_it_finds_the_same(self, find, given, messages, monkeypatch):
        with_numba = find(given(STEAM, ABOUT_KETTLES, STEAM, AGAIN))
        monkeypatch.setattr(kernels, "find_spec", lambda name: None)
        assert find(given(STEAM, ABOUT_KETTLES, STEAM, AGAIN)) == with_numba
        assert "Comparing with numpy.\n" in messages.getvalue()

    def test_similar_ones_on_request(self, find, given):
        file = given(ABOUT_KETTLES, WHAT_BOILS)
        assert find(file) == []
        assert [(row["kind"], row["on"]) for row in find(file, "--similar")] == [("similar", "passage")]

    def test_an_empty_file_has_none(self, find, given, messages):
        assert find(given(b"")) == []
        assert messages.getvalue() == "Comparing with numba.\n0 records read; pairs found: 0 exact, 0 near.\n"

    def test_to_a_file_leaves_stdout_empty(self, find, given, tmp_path):
        out = tmp_path / "out.jsonl"
        assert find(given(STEAM, AGAIN), "--to", out) == []
        assert [json.loads(line)["b"] for line in out.read_text().splitlines()] == [2]
        assert sorted(path.name for path in tmp_path.iterdir()) == ["out.jsonl", "records.jsonl"]


class TestRefusedRows:
    def test_bad_lines_are_named_the_rest_is_done_and_the_end_is_1(self, find, given, messages, tmp_path):
        out = tmp_path / "out.jsonl"
        with pytest.raises(Refusal, match="Lines refused, as said above: 2") as raised:
            find(given(STEAM, b"nonsense\n", STEAM, b'{"instruction": 1}\n'), "--to", out)
        assert raised.value.returncode == 1
        assert [json.loads(line) for line in out.read_text().splitlines()] == [EXACT, NEAR]
        assert messages.getvalue().splitlines()[1:3] == [
            "line 2: not JSON: Expecting value at character 1",
            "line 4: instruction must be a text, found a number",
        ]


class TestWrongUsage:
    def refused(self, find, *arguments):
        with pytest.raises(WrongUsage) as raised:
            find(*arguments)
        assert raised.value.returncode == 2
        return str(raised.value)

    def test_no_such_file(self, find, tmp_path):
        assert self.refused(find, tmp_path / "none") == f"There is no file {tmp_path / 'none'}."

    def test_a_pipe_is_not_said_to_be_missing(self, find, tmp_path):
        pipe = tmp_path / "pipe"
        os.mkfifo(pipe)
        assert (
            self.refused(find, pipe) == f"{pipe} is a device or a pipe: save what it gives to a file first."
        )

    def test_a_folder_is_no_file(self, find, tmp_path):
        assert self.refused(find, tmp_path) == f"{tmp_path} is a folder: name a file."

    def test_out_in_no_folder(self, find, given, tmp_path):
        out = tmp_path / "none" / "out"
        assert self.refused(find, given(STEAM), "--to", out) == (
            f"--to {out} is no place for a file: there is no folder {tmp_path / 'none'}."
        )

    def test_out_over_a_folder(self, find, given, tmp_path):
        said = self.refused(find, given(STEAM), "--to", tmp_path)
        assert said == f"--to {tmp_path} is a folder: name a file in it."

    def test_out_over_a_device(self, find, given):
        assert "is a device or a pipe" in self.refused(find, given(STEAM), "--to", "/dev/null")

    def test_out_over_the_file_itself(self, find, given):
        file = given(STEAM)
        assert "is the file to read" in self.refused(find, file, "--to", file)
        assert file.read_bytes() == STEAM
