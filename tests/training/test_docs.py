from pathlib import Path

import pytest

from training import progress
from training.__main__ import COMMANDS
from training.config import SETTINGS, RunConfig
from training.recipes import RECIPES

PAGE = (Path(__file__).parents[2] / "docs" / "training.md").read_text(encoding="utf-8")
NAMES = {*SETTINGS, *RECIPES, *progress.STATES, *progress.EVENTS, *RunConfig.__dataclass_fields__}


@pytest.mark.parametrize("name", sorted(NAMES))
def test_the_page_tells_of(name):
    assert f"`{name}`" in PAGE


@pytest.mark.parametrize("command", COMMANDS)
def test_the_page_shows_the_command(command):
    assert f"python -m training {command} " in PAGE
