"""The search of a corpus on Dask answers as `similarity.find` does, whatever the corpus and whatever dies."""

import json
import os
import signal
import threading
import time
from pathlib import Path
from random import Random

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crowd.domain import similarity
from crowd.domain.records import Record
from crowd.domain.similarity.candidates import BUCKET_CAP

pytest.importorskip("distributed", reason="needs requirements-distributed.txt")

import dask

from crowd.services import corpus

DOLLY = Path("../shared/data/dolly/databricks-dolly-15k.jsonl")

# Dask says so where the disk is busy.
pytestmark = pytest.mark.filterwarnings("ignore:Creating scratch directories:UserWarning")

WORDS = [f"word{number}" for number in range(400)]


@pytest.fixture(autouse=True)
def in_this_process():
    """Compute without a cluster, where a test starts none: the plan and the parts are the same."""
    with dask.config.set({"scheduler": "synchronous"}):
        yield


def write(folder: Path, rows, *, files=2, row_group_size=64) -> Path:
    """Write rows of (id, instruction, context, response) as a corpus."""
    folder.mkdir(exist_ok=True)
    columns = list(zip(*rows, strict=True)) or [()] * 4
    types = [pa.int64(), pa.string(), pa.string(), pa.string()]
    arrays = [pa.array(column, kind) for column, kind in zip(columns, types, strict=True)]
    table = pa.Table.from_arrays(arrays, names=["id", "instruction", "context", "response"])
    for number in range(files):
        start, end = len(rows) * number // files, len(rows) * (number + 1) // files
        pq.write_table(
            table.slice(start, end - start), folder / f"{number}.parquet", row_group_size=row_group_size
        )
    return folder


def found_in(folder: Path) -> list[tuple]:
    return sorted(tuple(row.values()) for row in pq.read_table(folder).to_pylist())


def expected(rows, *, similar=False) -> list[tuple]:
    records = (
        (number, Record(instruction, context or "", response))
        for number, instruction, context, response in rows
    )
    pairs = similarity.find(records, similar=similar)
    return sorted((pair.kind, pair.on, pair.a, pair.b, pair.score, pair.why) for pair in pairs)


def search(folder: Path, to: Path, *, similar=False) -> corpus.Summary:
    return corpus.find_duplicates(corpus.parts_of(folder), to, similar=similar)


def planted(count: int, *, seed: int) -> list[tuple[int, str, str, str]]:
    """Return records of which a third copies, edits or quotes one before it; ids have gaps."""
    chance = Random(seed)  # noqa: S311  (a seeded corpus)

    def text(least, most):
        return " ".join(chance.choices(WORDS, k=chance.randint(least, most)))

    rows = [(3, text(3, 9), "", text(20, 60))]
    while len(rows) < count:
        number = rows[-1][0] + chance.randint(1, 5)
        _, instruction, context, response = chance.choice(rows)
        rows.append(
            chance.choice(
                [
                    (number, text(3, 9), "", text(20, 60)),
                    (number, text(3, 9), text(10, 30), text(20, 60)),
                    (number, text(3, 9), None, text(20, 60)),
                    (number, text(3, 9), "", text(20, 60)),
                    (number, instruction, context, response),
                    (number, instruction.upper() + "?", context, f"{response}."),
                    (number, instruction, context, text(20, 60)),
                    (number, text(3, 9), context, response),
                    (number, f"Please {instruction}", context, f"{response} {text(1, 4)}"),
                ]
            )
        )
    return rows


class TestTheAnswers:
    @pytest.mark.parametrize("similar", [False, True])
    def test_are_those_of_find(self, tmp_path, similar):
        rows = planted(400, seed=1)
        search(write(tmp_path / "corpus", rows), tmp_path / "out", similar=similar)
        assert found_in(tmp_path / "out") == expected(rows, similar=similar) != []

    @settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(
        st.lists(
            st.tuples(
                st.sampled_from(
                    [
                        *(
                            "",
                            "?",
                            "Was ist Dampf?",
                            "was ist dampf",
                            "蒸気とは",
                            "Name 3 birds",
                            "Name 4 birds",
                        ),
                        *("Tell me about a python", "Tell me about Python", "tell me about python"),
                    ]
                ),
                st.sampled_from(["", None, "A passage.", "A passage. "]),
                st.sampled_from(
                    [
                        "",
                        "!!",
                        "!! ",
                        "Water as a gas",
                        "water — as a GAS",
                        "Crow, jay, owl",
                        "e\u0301",
                        "\u00e9",
                    ]
                ),
            ),
            max_size=12,
        ),
        st.integers(1, 3),
    )
    def test_are_those_of_find_for_odd_texts(self, tmp_path_factory, texts, files):
        folder = tmp_path_factory.mktemp("odd")
        rows = [(number * 7 - 20, *fields) for number, fields in enumerate(texts)]
        search(
            write(folder / "corpus", rows, files=files, row_group_size=3),
            folder / "out",
            similar=True,
        )
        assert found_in(folder / "out") == expected(rows, similar=True)

    def test_are_those_of_find_where_a_bucket_is_crowded(self, tmp_path):
        chance = Random(2)  # noqa: S311  (a seeded corpus)
        template = " ".join(WORDS)
        rows = [
            (number, " ".join(chance.choices(WORDS, k=6)), "", f"{template} {number}")
            for number in range(BUCKET_CAP + 50)
        ]
        summary = search(write(tmp_path / "corpus", rows), tmp_path / "out")
        assert found_in(tmp_path / "out") == expected(rows)
        assert summary.crowded > 0
        assert corpus.notice(summary).startswith(
            f"{summary.crowded} groups of much alike texts were too large"
        )

    def test_do_not_depend_on_how_the_records_are_spread(self, tmp_path):
        rows = planted(200, seed=3)
        search(write(tmp_path / "one", rows, files=1, row_group_size=1_000), tmp_path / "out-one")
        shuffled = sorted(rows, key=lambda row: row[3])
        search(write(tmp_path / "many", shuffled, files=5, row_group_size=7), tmp_path / "out-many")
        assert found_in(tmp_path / "out-one") == found_in(tmp_path / "out-many") == expected(rows)

    def test_count_what_was_read_refused_and_found(self, tmp_path):
        rows = [
            (1, "What is steam?", "", "Water as a gas."),
            (2, "What is steam?", "", "Water as a gas."),
            (3, None, "", "Water."),
            (None, "What is ice?", "", "Water."),
        ]
        summary = search(write(tmp_path / "corpus", rows), tmp_path / "out")
        assert summary == corpus.Summary(records=2, refused=2, crowded=0, found={"exact": 1, "near": 1})
        assert corpus.notice(summary) == ""

    def test_of_an_empty_corpus_are_none(self, tmp_path):
        summary = search(write(tmp_path / "corpus", [], files=1), tmp_path / "out")
        assert summary == corpus.Summary(records=0, refused=0, crowded=0, found={})

    @pytest.mark.slow
    @pytest.mark.skipif(not DOLLY.exists(), reason="the real databricks-dolly-15k is not here")
    def test_are_those_of_find_for_dolly(self, tmp_path):
        records = map(json.loads, DOLLY.read_text(encoding="utf-8").splitlines())
        rows = [
            (line, record["instruction"], record["context"], record["response"])
            for line, record in enumerate(records, start=1)
        ]
        search(
            write(tmp_path / "corpus", rows, files=4, row_group_size=2_000),
            tmp_path / "out",
            similar=True,
        )
        assert found_in(tmp_path / "out") == expected(rows, similar=True)


class TestAWorkerThatDies:
    @pytest.mark.slow
    def test_costs_time_and_no_answer(self, tmp_path):
        rows = planted(1_500, seed=5)
        folder = write(tmp_path / "corpus", rows, files=6)
        with corpus.cluster(None, workers=2) as client:
            first, second = client.run(os.getpid).values()
            killer = threading.Thread(target=kill_in_the_middle, args=(client, first))
            killer.start()
            search(folder, tmp_path / "out")
            killer.join()
            workers = set(client.run(os.getpid).values())
        assert first not in workers
        assert second in workers
        assert found_in(tmp_path / "out") == expected(rows)


def kill_in_the_middle(client, worker: int) -> None:
    """Kill a worker when the first records have been signed: shuffles are under way then."""
    while not client.run_on_scheduler(has_signed_some):
        time.sleep(0.02)
    os.kill(worker, signal.SIGKILL)


def has_signed_some(dask_scheduler) -> bool:
    return any(
        prefix.all_durations for name, prefix in dask_scheduler.task_prefixes.items() if name == "signed"
    )


class TestABadCorpus:
    def test_without_files(self, tmp_path):
        with pytest.raises(corpus.BadCorpus, match=r"There is no \.parquet file in"):
            corpus.parts_of(tmp_path)

    def test_that_is_no_parquet(self, tmp_path):
        (tmp_path / "a.parquet").write_text("{}")
        with pytest.raises(corpus.BadCorpus, match=r"a\.parquet cannot be read as Parquet"):
            corpus.parts_of(tmp_path)

    @pytest.mark.parametrize("missing", ["id", "instruction", "context", "response"])
    def test_without_a_column(self, tmp_path, missing):
        columns = {"id": [1], "instruction": ["a"], "context": ["b"], "response": ["c"]}
        del columns[missing]
        pq.write_table(pa.table(columns), tmp_path / "a.parquet")
        with pytest.raises(corpus.BadCorpus, match=rf"a\.parquet has no column {missing}\."):
            corpus.parts_of(tmp_path)

    @pytest.mark.parametrize(
        ("column", "values", "reason"),
        [
            ("id", ["one"], "must hold whole numbers, and holds string"),
            ("response", [1], "must hold texts, and holds int64"),
        ],
    )
    def test_with_a_column_of_another_type(self, tmp_path, column, values, reason):
        columns = {"id": [1], "instruction": ["a"], "context": ["b"], "response": ["c"]} | {column: values}
        pq.write_table(pa.table(columns), tmp_path / "a.parquet")
        with pytest.raises(corpus.BadCorpus, match=reason):
            corpus.parts_of(tmp_path)

    def test_with_an_id_twice_writes_nothing(self, tmp_path):
        folder = write(tmp_path / "corpus", [(1, "a b", "", "c"), (2, "d", "", "e"), (1, "f", "", "g")])
        with pytest.raises(corpus.BadCorpus, match=r"more than one has each of these: 1\."):
            search(folder, tmp_path / "out")
        assert sorted(path.name for path in tmp_path.iterdir()) == ["corpus"]


class TestTheParts:
    def test_are_row_groups_up_to_a_size(self, tmp_path, monkeypatch):
        folder = write(tmp_path / "corpus", planted(40, seed=6), files=2, row_group_size=5)
        assert [part.row_groups for part in corpus.parts_of(folder)] == [(0, 1, 2, 3)] * 2
        monkeypatch.setattr(corpus, "PART_BYTES", 1)
        assert [part.row_groups for part in corpus.parts_of(folder)] == [(0,), (1,), (2,), (3,)] * 2
