"""docs/training.md tells of everything in its own place: a setting in the settings' table, a state among the states."""

import re
from pathlib import Path

import pytest

from training import progress
from training.__main__ import COMMANDS
from training.config import SETTINGS, RunConfig
from training.recipes import RECIPES

PAGE = (Path(__file__).parents[2] / "docs" / "training.md").read_text(encoding="utf-8")


def names_in(text):
    return re.findall(r"`([^`]+)`", text)


def table(heading):
    """The rows of the table with this first heading, each as its cells."""
    rows = PAGE.split(f"\n| {heading} |")[1].split("\n\n")[0].splitlines()[2:]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]


def told_of(file, *, after, before):
    """What the row of a run's file names between these words."""
    row = next(line for line in PAGE.splitlines() if line.startswith(f"| `{file}` |"))
    return names_in(row.partition(after)[2].partition(before)[0])


def test_the_table_of_settings_has_each_once():
    assert sorted(name for row in table("setting") for name in names_in(row[0])) == sorted(SETTINGS)


def test_the_table_of_recipes_has_each_once():
    rows = table("recipe")
    named = [name for row in rows[:-1] for name in names_in(row[0])] + names_in(rows[-1][2])
    assert sorted([*named, "smoke"]) == sorted(RECIPES)
    assert "\n`smoke` is a tiny Pythia" in PAGE


def test_a_configuration_has_these_keys():
    told = told_of("config.json", after="what was asked:", before="Strict")
    assert sorted(told) == sorted(RunConfig.__dataclass_fields__)


def test_a_status_has_these_states():
    assert sorted(told_of("status.json", after="States:", before="|")) == sorted(progress.STATES)


def test_metrics_have_these_events():
    told = told_of("metrics.jsonl", after="by `event`:", before="each with")
    assert sorted(told) == sorted(progress.EVENTS)


@pytest.mark.parametrize("command", COMMANDS)
def test_the_page_shows_the_command(command):
    assert f"python -m training {command} " in PAGE
