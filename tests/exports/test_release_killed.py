"""A cut in a process of its own, killed with SIGKILL wherever it makes something durable or visible."""

import json
import os
import subprocess
import sys

import pytest

from tests.support.live import ROOT

FILLING = """
from crowd.models import Person
from tests.support.factories import make_submission
author = Person.objects.create_user("alice@flock.example", "a long password", name="Alice")
for _ in range(5):
    make_submission(author, state="approved")
"""


def run(environment, *arguments):
    own = {name: value for name, value in os.environ.items() if not name.startswith(("FLOCK_", "COV"))}
    command = [sys.executable, *arguments]
    settings = {"DJANGO_SETTINGS_MODULE": "config.settings"}
    return subprocess.run(
        command,
        cwd=ROOT,
        env=own | environment | settings,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        timeout=300,
    ).stdout


@pytest.mark.slow
class TestKilled:
    def test_a_cut_leaves_nothing_half_done_and_can_be_repeated_at_once(self, deployment):
        site = deployment.open_site("killed-cut")
        run(site, "manage.py", "migrate", "--verbosity", "0")
        run(site, "manage.py", "shell", "--verbosity", "0", "--command", FILLING)
        left = [json.loads(line) for line in run(site, "-m", "tests.support.kill_a_cut").splitlines()]
        # Twice each: the commits of being asked for and of the choice's parts, the files, the manifest, the folders, the
        # rename, their parent, the last commit.
        assert len(left) > 40
        assert left[0] == {"names": [], "state": None}
        # Its folder is there in full before the database says so, and nobody sees it before.
        assert {(tuple(each["names"]), each["state"]) for each in left} == {
            ((), None),
            ((), "cutting"),
            (("1.0.0",), "cutting"),
            (("1.0.0",), "ready"),
        }
        run(site, "manage.py", "verify_release", f"{site['FLOCK_DATA_DIR']}/releases/1.0.0")
