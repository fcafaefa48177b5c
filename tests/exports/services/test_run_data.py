"""A run learns from what its release was made of, and from nothing that was put in its place."""

import pytest

from crowd.models import Job
from crowd.services.errors import Conflict
from exports.models import Run
from exports.services import run as runs
from exports.services.release_folder import place
from tests.support.damage import rewrite
from tests.support.factories import NOW

LINE = b'{"instruction":"Why?","context":"","response":"Because.","category":"open_qa"}\n'


@pytest.fixture
def altered(release):
    """A line was added to the data, and the manifest made to agree."""
    rewrite(place(release.version), "data/train.jsonl", lambda data: data + LINE)
    return release


def test_altered_data_is_refused_though_its_manifest_agrees(altered, adam):
    with pytest.raises(Conflict, match=r"Release 1\.0\.0 is damaged.*is not the one that was written"):
        runs.start(altered, recipe="smoke", overrides={}, person=adam, now=NOW)
    assert (Run.objects.count(), Job.objects.count()) == (0, 0)


def test_altered_data_is_refused_to_a_run_that_would_go_on(asked, adam):
    runs.cancel(asked, person=adam, now=NOW)
    rewrite(place("1.0.0"), "data/train.jsonl", lambda data: data + LINE)
    with pytest.raises(Conflict, match="is damaged"):
        runs.resume(asked, person=adam, now=NOW)
    assert Run.objects.get().state == "cancelled"


def test_a_damaged_manifest_is_no_error_of_the_program(release, adam):
    (place("1.0.0") / "manifest.json").write_text("{")
    with pytest.raises(Conflict, match="is damaged"):
        runs.start(release, recipe="smoke", overrides={}, person=adam, now=NOW)
