"""`manage.py find_corpus_duplicates`: Parquet in and out, messages on stderr, exit 0, 1 or 2. It needs no database."""

import io

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from django.core.management import call_command

from crowd.management.base import Refusal, WrongUsage

pytest.importorskip("distributed", reason="needs requirements-distributed.txt")

# Dask says so where the disk is busy.
pytestmark = pytest.mark.filterwarnings("ignore:Creating scratch directories:UserWarning")

STEAM = {"instruction": "What is steam?", "context": None, "response": "Water as a gas."}


@pytest.fixture
def messages():
    """What the command wrote to stderr."""
    return io.StringIO()


@pytest.fixture
def find(messages):
    """Run the command."""

    def run(*arguments):
        call_command("find_corpus_duplicates", *map(str, arguments), stderr=messages)

    return run


@pytest.fixture
def given(tmp_path):
    """Write a corpus from its rows and return its folder."""

    def write(*rows):
        (tmp_path / "corpus").mkdir()
        schema = pa.schema([("id", pa.int64()), *((name, pa.string()) for name in STEAM)])
        pq.write_table(pa.Table.from_pylist(list(rows), schema), tmp_path / "corpus" / "a.parquet")
        return tmp_path / "corpus"

    return write


@pytest.mark.slow
class TestACorpus:
    def test_pairs_are_in_the_folder_and_a_row_without_text_makes_the_end_1(
        self, find, given, messages, tmp_path
    ):
        folder = given({"id": 4} | STEAM, {"id": 9} | STEAM, {"id": 10, "instruction": "What is ice?"})
        with pytest.raises(Refusal, match=r"Rows refused, as id, instruction or response is null: 1\."):
            find(folder, "--to", tmp_path / "out", "--workers", "1")
        pairs = pq.read_table(tmp_path / "out").to_pylist()
        assert sorted((pair["kind"], pair["on"], pair["a"], pair["b"]) for pair in pairs) == [
            ("exact", "text", 4, 9),
            ("near", "instruction", 4, 9),
        ]
        assert messages.getvalue() == "2 records read; pairs found: 1 exact, 1 near.\n"


class TestWrongUsage:
    def test_no_such_folder(self, find, tmp_path):
        with pytest.raises(WrongUsage, match="There is no folder"):
            find(tmp_path / "none", "--to", tmp_path / "out")

    def test_out_is_there_already(self, find, given, tmp_path):
        with pytest.raises(WrongUsage, match="is no place for a new folder"):
            find(given(), "--to", tmp_path)

    def test_out_in_no_folder(self, find, given, tmp_path):
        with pytest.raises(WrongUsage, match="is no place for a new folder"):
            find(given(), "--to", tmp_path / "none" / "out")


class TestABadCorpus:
    def test_is_refused_by_its_reason(self, find, tmp_path):
        (tmp_path / "corpus").mkdir()
        with pytest.raises(Refusal, match=r"There is no \.parquet file in"):
            find(tmp_path / "corpus", "--to", tmp_path / "out")
