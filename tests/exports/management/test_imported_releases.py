import json
from itertools import islice
from pathlib import Path

import pytest
from django.core.management import call_command

from crowd.management.base import Refusal
from crowd.models import Submission
from exports.models import Release
from exports.services.release_folder import place

SHARED = Path(__file__).resolve().parents[4] / "shared" / "data"
ALPACA = SHARED / "import_samples" / "alpaca_100.jsonl"
DOLLY = SHARED / "dolly" / "databricks-dolly-15k.jsonl"

pytestmark = pytest.mark.django_db


def bring(file, name, *, licence, origin, as_format="alpaca"):
    call_command(
        "import_dataset",
        str(file),
        format=as_format,
        source=name,
        licence=licence,
        origin=origin,
        approve=True,
    )


def ids(**conditions):
    return {
        str(public_id)
        for public_id in Submission.objects.filter(**conditions).values_list("public_id", flat=True)
    }


@pytest.fixture
def alpaca_rows(tmp_path):
    rows = [
        {"instruction": f"What is {n} and {n}?", "input": "", "output": f"Together they are {2 * n}."}
        for n in range(10)
    ]
    file = tmp_path / "alpaca.jsonl"
    file.write_text("\n".join(map(json.dumps, rows)))
    return file


@pytest.fixture
def people_rows(tmp_path):
    file = tmp_path / "people.csv"
    file.write_text("prompt,answer\nWhy do swifts scream?,To find each other at dusk.\n")
    call_command(
        "import_dataset",
        str(file),
        *["--format", "csv", "--source", "people", "--licence", "CC0-1.0", "--origin", "human", "--approve"],
        *["--map", "instruction=prompt", "response=answer"],
    )
    return file


def refused_ids(capsys, **options):
    capsys.readouterr()
    with pytest.raises(Refusal):
        call_command("cut_release", "1.0.0", **options)
    assert not place("1.0.0").exists()
    return {line.split()[0] for line in capsys.readouterr().out.splitlines()}


class TestTenAlpacaRows:
    @pytest.mark.parametrize(
        ("licence", "origin"),
        [
            ("CC-BY-NC-4.0", "model"),
            ("CC-BY-NC-4.0", "human"),
            ("CC-BY-4.0", "model"),
            ("NOASSERTION", "unknown"),
        ],
    )
    def test_stop_a_commercial_release_by_id(self, people_rows, alpaca_rows, capsys, licence, origin):
        bring(alpaca_rows, "alpaca", licence=licence, origin=origin)
        stopped = refused_ids(capsys)
        assert (len(stopped), stopped) == (10, ids(source__name="alpaca"))

    def test_stay_stopped_when_they_come_again_under_another_name(self, people_rows, alpaca_rows, capsys):
        bring(alpaca_rows, "alpaca", licence="CC-BY-NC-4.0", origin="model")
        bring(alpaca_rows, "mine", licence="CC0-1.0", origin="human")
        assert refused_ids(capsys) == ids(source__name="alpaca")

    def test_may_be_left_out_or_go_into_research(self, people_rows, alpaca_rows):
        bring(alpaca_rows, "alpaca", licence="CC-BY-NC-4.0", origin="model")
        call_command("cut_release", "1.0.0", without_source=["alpaca"])
        call_command("cut_release", "1.1.0", profile="research")
        counts = [release.counts["records"] for release in Release.objects.order_by("pk")]
        assert counts == [1, 11]

    @pytest.mark.skipif(not ALPACA.exists(), reason="the Alpaca sample is not beside the project")
    def test_of_the_real_file_stop_it_too(self, people_rows, tmp_path, capsys):
        with ALPACA.open() as lines:
            (tmp_path / "ten.jsonl").write_text("".join(islice(lines, 10)))
        bring(tmp_path / "ten.jsonl", "alpaca", licence="CC-BY-NC-4.0", origin="model")
        stopped = refused_ids(capsys)
        assert (len(stopped), stopped) == (10, ids(source__name="alpaca"))


class TestAModelsReplyInAFileOfPeoples:
    def test_stops_a_commercial_release_by_its_id(self, tmp_path, capsys):
        reply = {"text": "To find each other.", "role": "assistant", "rank": 0}
        trees = [
            {"prompt": {"text": "Why do swifts scream?", "replies": [reply]}},
            {"prompt": {"text": "Why do swifts sing?", "replies": [reply | {"synthetic": True}]}},
        ]
        (tmp_path / "trees.jsonl").write_text("\n".join(map(json.dumps, trees)))
        bring(tmp_path / "trees.jsonl", "oasst", licence="Apache-2.0", origin="human", as_format="oasst")
        assert refused_ids(capsys) == ids(current_version__origin="model")


@pytest.mark.slow
@pytest.mark.skipif(not DOLLY.exists(), reason="the real databricks-dolly-15k is not beside the project")
def test_real_dolly_passes_for_commercial(tmp_path):
    with DOLLY.open("rb") as lines:
        (tmp_path / "dolly.jsonl").write_bytes(b"".join(islice(lines, 500)))
    bring(tmp_path / "dolly.jsonl", "dolly", licence="CC-BY-SA-3.0", origin="human", as_format="dolly")
    call_command("cut_release", "1.0.0")
    assert Release.objects.get().counts["records"] == Submission.objects.count()
