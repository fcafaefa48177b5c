"""The documents say what is true: every setting, state, command and rule of the code stands in them."""

import re
from pathlib import Path

import pytest

from crowd.domain import checks, workflow
from crowd.models import Contest, Job
from exports.domain import judging, run_workflow
from exports.domain.release import State as ReleaseState

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = (ROOT / "config" / "settings.py").read_text(encoding="utf-8")
OPERATIONS = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")
CHECKS = (ROOT / "docs" / "checks.md").read_text(encoding="utf-8")
PERSONAL_DATA = (ROOT / "docs" / "personal-data.md").read_text(encoding="utf-8")
COMMANDS = sorted(path.stem for path in ROOT.glob("*/management/commands/[a-z]*.py"))


@pytest.mark.parametrize(
    "name", sorted(set(re.findall(r'"((?:FLOCK|HF)_[A-Z_]+|DATABASE_URL|REDIS_URL)"', SETTINGS)))
)
def test_every_setting_is_in_the_operations_guide(name):
    assert f"`{name}`" in OPERATIONS


@pytest.mark.parametrize(("move", "end"), sorted(workflow.MOVES.items()))
def test_every_move_is_in_the_table(move, end):
    start, action = move
    rows = [line for line in ARCHITECTURE.splitlines() if line.startswith("|")]
    assert any(start in row and action in row and end in row for row in rows)


@pytest.mark.parametrize(
    "state",
    [
        *ReleaseState,
        *run_workflow.RunState,
        *judging.ComparisonState,
        *Contest.State.values,
        *Job.State.values,
    ],
)
def test_every_state_is_named(state):
    assert f"`{state}`" in ARCHITECTURE


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_in_the_readme_or_the_operations_guide(name):
    assert f"manage.py {name}" in README + OPERATIONS


@pytest.mark.parametrize("rule", sorted({check.rule for check in checks.CHECKS}))
def test_every_rule_of_the_checks_is_in_their_guide(rule):
    assert f"`{rule}`" in CHECKS + PERSONAL_DATA
