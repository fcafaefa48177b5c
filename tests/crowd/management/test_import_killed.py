"""An import in a process of its own, killed with SIGKILL in the middle of a transaction."""

import json
import os
import subprocess
import sys

import pytest

from tests.support.live import ROOT


def run(environment, *arguments):
    own = {name: value for name, value in os.environ.items() if not name.startswith(("FLOCK_", "COV"))}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=own | environment | {"DJANGO_SETTINGS_MODULE": "config.settings"},
        check=True,
        capture_output=True,
        text=True,
        timeout=300,
    )


@pytest.mark.slow
class TestKilled:
    def test_an_import_goes_on_and_adds_exactly_the_rest(self, deployment, tmp_path):
        rows = [
            {
                "instruction": f"Who has number {n}?",
                "context": f"{n} is mine.",
                "response": f"I, who said {n}.",
            }
            for n in range(12)
        ]
        file = tmp_path / "rows.jsonl"
        file.write_text("\n".join(json.dumps(row | {"category": "closed_qa"}) for row in rows))
        site = deployment.open_site("killed-import")
        run(site, "manage.py", "migrate", "--verbosity", "0")
        done = run(site, "-m", "tests.support.kill_an_import", str(file))
        assert [json.loads(line) for line in done.stdout.splitlines()] == [[5] * 5, [10] * 5, [12] * 5]
        assert "\n2 records imported, 10 already here, 0 exact copies, 0 rows refused" in done.stderr
        again = run(
            site,
            *["manage.py", "import_dataset", str(file), "--format", "dolly", "--source", "killed"],
            *["--licence", "MIT", "--origin", "human"],
        )
        assert again.stderr.startswith("0 records imported, 12 already here")
