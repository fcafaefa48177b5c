"""What the site and `training` must agree on: they meet in files, and neither imports the other's half."""

import json

import pytest

from crowd.domain.text import RESERVED_MARKERS
from exports.forms.run import RunForm
from exports.services import run_files
from tests.support.runs import make_run
from training import progress, prompts
from training.config import SETTINGS, RunConfig
from training.recipes import RECIPES


class TestThePrompt:
    def test_is_dollys(self):
        assert prompts.record_text("Why?", response="So.") == (
            "Below is an instruction that describes a task. Write a response that appropriately completes the request."
            "\n\n### Instruction:\nWhy?\n\n### Response:\nSo.\n\n### End"
        )

    def test_has_the_context_where_there_is_one(self):
        assert prompts.record_text("Why?", context="Facts.", response="So.").partition("### Instruction:")[
            2
        ] == ("\nWhy?\n\nInput:\nFacts.\n\n### Response:\nSo.\n\n### End")

    def test_has_no_marker_that_the_site_lets_through(self):
        assert set(prompts.RESERVED_MARKERS) == set(RESERVED_MARKERS)


class TestTheConfiguration:
    def test_is_read_as_it_was_written(self, release, adam):
        run = make_run(release, adam, overrides={"max_steps": 5, "learning_rate": 0.01})
        written = run_files.config(run)
        run_files.RunFolder(run).prepare(written)
        read = RunConfig.from_dict(json.loads(run_files.RunFolder(run).config.read_text()))
        assert read == written

    def test_can_be_set_to_all_that_there_is_in_the_form(self, db):
        assert [field.name for field in RunForm().settings] == list(SETTINGS)

    @pytest.mark.parametrize("name", RECIPES)
    def test_names_recipes_as_the_table_does(self, name):
        assert RECIPES[name].name == name
        assert set(RECIPES[name].settings) == set(SETTINGS)


class TestTheReports:
    def test_are_read_as_they_are_written(self, release, adam):
        folder = run_files.RunFolder(make_run(release, adam))
        folder.path.mkdir(parents=True)
        told = progress.Progress(folder.path)
        told.event("plan", steps=2)
        told.event("step", step=1, loss=2.5, learning_rate=0.01, tokens=10)
        told.status(step=1, steps=2, loss=2.5)
        assert {key: folder.status()[key] for key in ("state", "step", "steps", "loss", "message")} == {
            "state": progress.RUNNING, "step": 1, "steps": 2, "loss": 2.5, "message": "",
        }  # fmt: skip
        assert folder.points(most=10) == [(1, 2.5, 0.01)]

    def test_say_why_a_run_failed(self, release, adam):
        folder = run_files.RunFolder(make_run(release, adam))
        folder.path.mkdir(parents=True)
        progress.Progress(folder.path).fail("The disk is full.")
        assert (folder.status()["state"], folder.status()["message"]) == (
            progress.FAILED,
            "The disk is full.",
        )
