"""A run that holds records out is told which records resemble which."""

import json

from crowd.domain.records import data_line
from crowd.services import jobs
from exports.models import Run
from exports.services import run as runs
from exports.services.run_files import RunFolder
from tests.support.factories import NOW
from tests.support.runs import claim, make_release

DATA = (
    data_line("What is steam?", "", "Water as a gas, hot and unseen until it cools in the air.", "open_qa")
    + data_line("Name a bird.", "", "The wren, which is small and loud.", "open_qa")
    + data_line("what is STEAM", "", "A way to cook vegetables.", "brainstorming")
)


def work(release, adam, **overrides):
    """A run of this release, done as a worker does it."""
    run = runs.start(release, recipe="smoke", overrides=overrides, person=adam, now=NOW)
    jobs.do(claim("finetune", run.public_id))
    assert Run.objects.get(pk=run.pk).state == "succeeded"
    return RunFolder(run)


class TestARunThatHoldsRecordsOut:
    def test_is_told_which_resemble_which(self, db, folders, adam, trainer):
        release = make_release("2.0.0", folder=folders / "releases", data=DATA)
        folder = work(release, adam, evaluation_records=1)
        assert json.loads(folder.config.read_text())["duplicates"] == str(folder.duplicates)
        found = [json.loads(line) for line in folder.duplicates.read_text().splitlines()]
        assert [(pair["kind"], pair["on"], pair["a"], pair["b"]) for pair in found] == [
            ("near", "instruction", 1, 3)
        ]

    def test_is_told_so_in_every_attempt_without_a_second_search(self, db, folders, adam, trainer):
        release = make_release("2.0.0", folder=folders / "releases", data=DATA)
        run = runs.start(release, recipe="smoke", overrides={"evaluation_records": 1}, person=adam, now=NOW)
        folder = RunFolder(run)
        folder.path.mkdir(parents=True)
        folder.duplicates.write_text("found before\n")
        jobs.do(claim("finetune", run.public_id))
        assert folder.duplicates.read_text() == "found before\n"


def test_a_run_that_holds_nothing_out_needs_no_search(db, folders, adam, trainer):
    release = make_release("2.0.0", folder=folders / "releases", data=DATA)
    folder = work(release, adam)
    assert json.loads(folder.config.read_text())["duplicates"] is None
    assert not folder.duplicates.exists()
