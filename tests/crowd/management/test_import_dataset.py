import csv
import json
from io import StringIO
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from django.core.management import CommandError, call_command

from crowd.management.commands.import_dataset import Command
from crowd.models import Source, Submission, Version

SHARED = Path(__file__).resolve().parents[4] / "shared" / "data"
REAL = SHARED / "dolly" / "databricks-dolly-15k.jsonl"
ALPACA = SHARED / "import_samples" / "alpaca_100.jsonl"
OASST = SHARED / "import_samples" / "oasst_100_trees.jsonl"
SEEDS = SHARED / "seed_tasks" / "seed_tasks.jsonl"

pytestmark = pytest.mark.django_db


WANTED = {
    "format": "dolly",
    "source": "dolly",
    "licence": "CC-BY-SA-3.0",
    "origin": "human",
    "approve": True,
}


def run(file, **options):
    out, err = StringIO(), StringIO()
    try:
        call_command("import_dataset", str(file), stdout=out, stderr=err, **(WANTED | options))
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
        assert summary.startswith("1 record imported, 0 already here, 0 exact copies, 1 row refused")
        assert last == "1 row refused; each is named above."

    def test_tells_a_person_who_watches_how_far_it_is(self, two_rows):
        class Terminal(StringIO):
            def isatty(self):
                return True

        terminal = Terminal()
        with pytest.raises(CommandError):
            call_command("import_dataset", str(two_rows), stderr=terminal, **WANTED)
        assert "\r2 rows read\n" in terminal.getvalue()

    def test_an_empty_file_is_no_error(self, tmp_path):
        (tmp_path / "empty.jsonl").touch()
        assert run(tmp_path / "empty.jsonl")[0] == 0

    def test_keeps_whom_to_name(self, two_rows):
        run(two_rows, attribution="Databricks, Inc. and Wikipedia's editors")
        assert Source.objects.get().attribution == "Databricks, Inc. and Wikipedia's editors"

    def test_a_dry_run_changes_nothing(self, two_rows):
        assert "\n1 record would be imported" in run(two_rows, dry_run=True)[2]
        assert Submission.objects.count() == 0

    @pytest.mark.parametrize(
        ("options", "says"),
        [
            ({"licence": "WTFPL"}, "--licence WTFPL is not known here"),
            (
                {"licence": "cc-by-sa-3.0"},
                "--licence cc-by-sa-3.0 is not known here. Did you mean CC-BY-SA-3.0?",
            ),
            ({"licence": ""}, "--licence is empty. Choose one of Apache-2.0"),
            ({"licence": "cc-by-nc"}, "Choose one of Apache-2.0, CC-BY-3.0"),
            ({"source": "a b"}, "letters, digits"),
            ({"source": ""}, "letters, digits"),
            ({"source": "x" * 81}, "80 of them at most"),
            ({"attribution": "x" * 501}, "--attribution has 501 characters, and 500 is the limit."),
            ({"attribution": "a\udcff"}, "What attribution is given is no text"),
            ({"map": ["instruction=prompt"]}, "--map is for tables (csv, parquet)"),
            ({"format": "csv"}, "No column is named instruction"),
            ({"format": "csv", "map": ["prompt"]}, "write FIELD=COLUMN"),
            ({"format": "csv", "map": ["prompt=instruction"]}, "Fields are instruction, context"),
            ({"format": "csv", "map": ["response=a", "response=b"]}, "--map names response twice"),
            ({"format": "parquet"}, "no Parquet file that can be read"),
        ],
    )
    def test_wrong_usage_is_exit_2_and_does_nothing(self, two_rows, options, says):
        status, _out, err = run(two_rows, **options)
        assert (status, says in err) == (2, True), err
        assert (Submission.objects.count(), Source.objects.count()) == (0, 0)

    @pytest.mark.parametrize("left_out", ["--format", "--source", "--licence", "--origin"])
    def test_what_a_release_depends_on_is_always_asked(self, two_rows, left_out, capsys):
        asked = {"--format": "dolly", "--source": "dolly", "--licence": "MIT", "--origin": "human"}
        given = [word for option in asked.items() if option[0] != left_out for word in option]
        with pytest.raises(SystemExit) as ended:
            Command().run_from_argv(["manage.py", "import_dataset", str(two_rows), *given])
        assert (ended.value.code, f"required: {left_out}" in capsys.readouterr().err) == (2, True)

    def test_a_missing_file_is_exit_2(self, tmp_path):
        assert run(tmp_path / "none.jsonl")[0] == 2

    def test_another_licence_for_a_known_source_is_refused(self, two_rows):
        run(two_rows)
        status, _out, err = run(two_rows, licence="MIT")
        assert (status, "licence CC-BY-SA-3.0" in err) == (1, True)


class TestTables:
    """The same four rows as CSV and as Parquet: two that are good, one with an empty answer, one of no category."""

    ROWS = (
        ("Why do swifts scream?", "To find each other.", "open_qa"),
        ("Who sleeps on the wing?", "", "open_qa"),
        ("Write a line about dusk, please.", 'It said:\n"Now."', "creative_writing"),
        ("And now?", "Nothing.", "poetry"),
    )

    @pytest.fixture(params=["csv", "parquet"])
    def table(self, request, tmp_path):
        file = tmp_path / f"rows.{request.param}"
        columns = ("prompt", "answer", "kind")
        if request.param == "csv":
            with file.open("w", encoding="utf-8-sig", newline="") as stream:
                csv.writer(stream, delimiter=";").writerows([columns, *self.ROWS])
        else:
            texts = zip(*self.ROWS, strict=True)
            pq.write_table(pa.table(dict(zip(columns, map(list, texts), strict=True))), file)
        return file

    def run(self, table, **options):
        mapping = ["instruction=prompt", "response=answer", "category=kind"]
        return run(table, format=table.suffix[1:], map=mapping, **options)

    def test_go_in_with_their_columns_mapped_and_once(self, table):
        assert self.run(table)[0] == 1
        texts = Version.objects.order_by("pk").values_list("instruction", "response", "category__key")
        assert list(texts) == [self.ROWS[0], self.ROWS[2]]
        assert "\n0 records imported, 2 already here" in self.run(table)[2]

    def test_have_their_bad_rows_named(self, table):
        # In the CSV file the names of the columns are a line, and the third record takes two.
        second, fourth = (3, 6) if table.suffix == ".csv" else (2, 4)
        assert self.run(table, dry_run=True)[2].splitlines() == [
            f"line {second}: field.missing: response: Write the response.",
            f"line {fourth}: category: there is no category 'poetry'",
            "Records by category: creative_writing 1, open_qa 1.",
            "Findings by rule: length.short 1.",
            "Rows refused by rule: category 1, field.missing 1.",
            "Licence CC-BY-SA-3.0, origin human 2. A commercial release may hold them.",
            "2 records would be imported, 0 already here, 0 exact copies, 2 rows refused, 1 finding for the reviewers.",
            "2 rows refused; each is named above.",
        ]
        assert (Submission.objects.count(), Source.objects.count()) == (0, 0)


class TestClaims:
    def test_that_people_wrote_what_has_alpacas_shape_are_the_importers_word(self, tmp_path):
        file = tmp_path / "rows.jsonl"
        file.write_text(json.dumps({"instruction": "Add.", "input": "1 and 2", "output": "They are three."}))
        said = run(file, format="alpaca", source="sums", licence="CC0-1.0")[2]
        assert said.startswith(
            "Files of this shape mostly hold what a model wrote. That these are human is your word."
        )

    def test_that_no_commercial_release_takes_are_said_beforehand(self, two_rows):
        said = run(two_rows, licence="NOASSERTION", origin="unknown", dry_run=True)[2]
        assert "origin unknown 1. A commercial release is refused for 1 of them, each by its id." in said


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

    @pytest.mark.skipif(not OASST.exists(), reason="the OpenAssistant sample is not beside the project")
    def test_openassistant_goes_in_with_five_trees_of_a_model(self):
        status, _out, err = run(OASST, format="oasst", source="oasst", licence="Apache-2.0")
        assert (status, err.splitlines()[-1].split(", ")[:4]) == (
            0,
            ["100 records imported", "0 already here", "0 exact copies", "0 rows refused"],
        )
        assert Version.objects.filter(origin="model").count() == 5

    @pytest.mark.skipif(not SEEDS.exists(), reason="Self-Instruct's seed tasks are not beside the project")
    def test_self_instruct_gives_a_record_for_each_instance(self):
        wanted = {"format": "self-instruct", "source": "seeds", "licence": "CC-BY-NC-4.0"}
        instances = sum(len(json.loads(line)["instances"]) for line in SEEDS.read_text().splitlines())
        status, _out, err = run(SEEDS, **wanted)
        assert (status, Submission.objects.count()) == (0, instances), err
