"""Imports in processes of their own: killed with SIGKILL in the middle of a transaction, and two at once."""

import json
import os
import re
import subprocess
import sys

import pytest

from tests.support.live import ROOT

IMPORT = ["--format", "dolly", "--source", "numbers", "--licence", "MIT", "--origin", "human"]

# Small batches, so that two imports meet often.
IN_SMALL_BATCHES = """
import sys
import django
django.setup()
from django.core.management import call_command
from crowd.services import imports
imports.BATCH = 4
call_command("import_dataset", *sys.argv[1:])
"""


def start(environment, *arguments):
    own = {name: value for name, value in os.environ.items() if not name.startswith(("FLOCK_", "COV"))}
    return subprocess.Popen(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=own | environment | {"DJANGO_SETTINGS_MODULE": "config.settings"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(process):
    out, err = process.communicate(timeout=300)
    assert process.returncode == 0, err
    return out, err


def added(said):
    return int(re.search(r"^(\d+) records imported", said, re.MULTILINE)[1])


@pytest.fixture
def file(tmp_path, request):
    """Twelve records of the test's own on four passages, so that batches share them."""
    test = request.node.name
    rows = [
        {
            "instruction": f"Who has number {n}, asks {test}?",
            "context": f"Group {n % 4} of {test} is mine.",
            "response": f"I, who said {n}.",
            "category": "closed_qa",
        }
        for n in range(12)
    ]
    file = tmp_path / "rows.jsonl"
    file.write_text("\n".join(map(json.dumps, rows)))
    return file


@pytest.fixture(scope="module")
def site(deployment):
    site = deployment.open_site("imports")
    finish(start(site, "manage.py", "migrate", "--verbosity", "0"))
    return site


@pytest.mark.slow
class TestProcesses:
    def test_killed_again_and_again_add_exactly_the_rest(self, site, file):
        out, err = finish(start(site, "-m", "tests.support.kill_an_import", str(file), *IMPORT))
        held = [json.loads(line) for line in out.splitlines()]
        # Submissions, versions, events, passages, the index.
        assert held == [[5, 5, 5, 4, 5], [10, 10, 10, 4, 10], [12, 12, 12, 4, 12]]
        assert "\n2 records imported, 10 already here, 0 exact copies, 0 rows refused" in err
        assert added(finish(start(site, "manage.py", "import_dataset", str(file), *IMPORT))[1]) == 0

    def test_at_once_add_every_record_once(self, site, file):
        both = [start(site, "-c", IN_SMALL_BATCHES, str(file), *IMPORT) for _ in range(2)]
        said = [finish(process)[1] for process in both]
        assert sum(map(added, said)) == 12
        again = finish(start(site, "manage.py", "import_dataset", str(file), *IMPORT))[1]
        assert "0 records imported, 12 already here" in again
