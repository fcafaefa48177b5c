import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from crowd.models import Source, Submission

SHARED = Path(__file__).resolve().parents[4] / "shared" / "data"
REAL = SHARED / "dolly" / "databricks-dolly-15k.jsonl"
ALPACA = SHARED / "import_samples" / "alpaca_100.jsonl"

pytestmark = pytest.mark.django_db


def run(file, **options):
    out, err = StringIO(), StringIO()
    wanted = {
        "format": "dolly",
        "source": "dolly",
        "licence": "CC-BY-SA-3.0",
        "origin": "human",
        "approve": True,
    }
    try:
        call_command("import_dataset", str(file), stdout=out, stderr=err, **(wanted | options))
        status = 0
    except CommandError as error:
        err.write(str(error))
        status = error.returncode
    return status, out.getvalue(), err.getvalue()


@pytest.fixture
def two_rows(tmp_path):
    rows = [
        {
            "instruction": "Why do swifts scream?",
            "context": "",
            "response": "To find each other.",
            "category": "open_qa",
        },
        {"instruction": "", "context": "", "response": "Nothing was asked.", "category": "open_qa"},
    ]
    file = tmp_path / "rows.jsonl"
    file.write_text("\n".join(map(json.dumps, rows)))
    return file


class TestImportDataset:
    def test_takes_the_good_and_names_the_bad_with_exit_1(self, two_rows):
        status, out, err = run(two_rows)
        assert (status, Submission.objects.count()) == (1, 1)
        assert out == ""
        first, *details, summary, last = err.splitlines()
        assert first.startswith("line 2: field.missing: instruction: ")
        assert details == [
            "Records by category: open_qa 1.",
            "Rows refused by rule: field.missing 1.",
            "Licence CC-BY-SA-3.0, origin human 1. A commercial release may hold them.",
        ]
        assert summary.startswith("1 records imported, 0 already here, 0 exact copies, 1 rows refused")
        assert last == "1 rows were refused; each is named above."

    def test_an_empty_file_is_no_error(self, tmp_path):
        (tmp_path / "empty.jsonl").touch()
        assert run(tmp_path / "empty.jsonl")[0] == 0

    def test_keeps_whom_to_name(self, two_rows):
        run(two_rows, attribution="Databricks, Inc. and Wikipedia's editors")
        assert Source.objects.get().attribution == "Databricks, Inc. and Wikipedia's editors"

    def test_a_dry_run_changes_nothing(self, two_rows):
        assert "\n1 records would be imported" in run(two_rows, dry_run=True)[2]
        assert Submission.objects.count() == 0

    @pytest.mark.parametrize(
        ("options", "says"),
        [
            ({"licence": "WTFPL"}, "--licence WTFPL is not known here"),
            ({"source": "a b"}, "letters, digits"),
        ],
    )
    def test_wrong_usage_is_exit_2_and_does_nothing(self, two_rows, options, says):
        status, _out, err = run(two_rows, **options)
        assert (status, says in err, Submission.objects.count()) == (2, True, 0)

    def test_a_missing_file_is_exit_2(self, tmp_path):
        assert run(tmp_path / "none.jsonl")[0] == 2

    def test_another_licence_for_a_known_source_is_refused(self, two_rows):
        run(two_rows)
        status, _out, err = run(two_rows, licence="MIT")
        assert (status, "licence CC-BY-SA-3.0" in err) == (1, True)


@pytest.mark.slow
class TestRealData:
    @pytest.mark.skipif(not REAL.exists(), reason="the real databricks-dolly-15k is not beside the project")
    def test_dolly_15k_goes_in_once(self):
        status, _out, err = run(REAL)
        assert (status, err.splitlines()[-1].split(", ")[:4]) == (
            0,
            ["14996 records imported", "0 already here", "15 exact copies", "0 rows refused"],
        )
        assert Submission.objects.count() == 14_996
        assert run(REAL)[2].startswith("0 records imported, 15011 already here")
        assert Submission.objects.count() == 14_996

    @pytest.mark.skipif(not ALPACA.exists(), reason="the Alpaca sample is not beside the project")
    def test_alpaca_goes_in_with_its_licence(self):
        status, out, _err = run(
            ALPACA, format="alpaca", source="alpaca", licence="CC-BY-NC-4.0", origin="model"
        )
        assert (status, Submission.objects.filter(source__licence="CC-BY-NC-4.0").count() > 90) == (
            0,
            True,
        ), out
