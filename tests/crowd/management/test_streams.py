"""What commands do where stdout or stderr is closed, full, or read no further."""

import json
import subprocess
import sys

import pytest
from django.conf import settings

from crowd.domain.records import data_line

EMPTY = data_line("", "", "Water as a gas.", "open_qa")
STEAM = data_line("What is steam?", "", "Water as a gas.", "open_qa")


@pytest.fixture
def shell(tmp_path):
    """Run `COMMAND FILE`, a file of these lines, with redirections; return the exit status, stdout and stderr."""

    def run(command, *lines, redirected=""):
        (tmp_path / "in.jsonl").write_bytes(b"".join(lines))
        line = f"{sys.executable} manage.py {command} {tmp_path / 'in.jsonl'} {redirected}"
        done = subprocess.run(
            ["bash", "-o", "pipefail", "-c", line],
            cwd=settings.BASE_DIR,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout, done.stderr

    return run


@pytest.mark.parametrize("closed", ["2>&-", "2>/dev/full"])
class TestNobodyHears:
    def test_the_findings_come_all_the_same(self, shell, closed):
        status, out, _ = shell("check_records", EMPTY, redirected=closed)
        assert (status, [json.loads(line)["rule"] for line in out.splitlines()]) == (0, ["field.missing"])

    def test_the_pairs_come_all_the_same(self, shell, closed):
        status, out, _ = shell("find_duplicates", STEAM, STEAM, redirected=closed)
        assert (status, [json.loads(line)["kind"] for line in out.splitlines()]) == (
            0,
            ["exact", "near"],
        )

    def test_a_refused_line_does_not_lose_the_rest(self, shell, closed):
        status, out, _ = shell("check_records", b"[]\n", EMPTY, redirected=closed)
        assert (status, len(out.splitlines())) == (1, 1)


class TestNowhereToWrite:
    def test_a_closed_stdout_is_refused_in_a_line(self, shell):
        status, _, err = shell("check_records", EMPTY, redirected=">&-")
        assert (status, err) == (1, "The output could not be written: Bad file descriptor.\n")

    def test_a_closed_stdout_is_not_missed_where_a_file_is_named(self, shell, tmp_path):
        status, _, _ = shell("check_records", EMPTY, redirected=f"--to {tmp_path / 'out'} >&-")
        assert (status, len((tmp_path / "out").read_text().splitlines())) == (0, 1)


def test_a_reader_that_has_enough_is_no_error(shell):
    # `true` ends at once; a pipe holds 64 KiB, and these findings are more.
    assert shell("check_records", *[EMPTY] * 1000, redirected="| true") == (0, "", "")
