#!/usr/bin/env python3
"""The search of a corpus on Dask beside `similarity.find`: the same records, the same answers, and what both take.

.venv/bin/python benchmarks/corpus.py make DOLLY FOLDER --records 1000000 --seed 7
.venv/bin/python benchmarks/corpus.py compare FOLDER [--workers 2] [--similar]
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random

import pyarrow as pa
import pyarrow.parquet as pq

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from crowd.domain import similarity  # noqa: E402  (found from the repository's root)
from crowd.domain.records import Record  # noqa: E402
from crowd.domain.similarity import kernels  # noqa: E402
from crowd.services.corpus_matching import FOUND  # noqa: E402

FIELDS = ("instruction", "context", "response")
ROW_GROUP = 50_000


class Texts:
    """Recombines spans of 4 to 14 words of real texts, with their lengths."""

    def __init__(self, records: list[dict[str, str]], seed: int) -> None:
        self.chance = Random(seed)
        self._words = {field: [r[field].split() for r in records if r[field].split()] for field in FIELDS}
        self._lengths = [[len(record[field].split()) for field in FIELDS] for record in records]

    def record(self) -> tuple[str, ...]:
        lengths = self.chance.choice(self._lengths)
        return tuple(self.text(field, length) for field, length in zip(FIELDS, lengths, strict=True))

    def text(self, field: str, length: int) -> str:
        words: list[str] = []
        while len(words) < length:
            source = self.chance.choice(self._words[field])
            start, size = self.chance.randrange(len(source)), self.chance.randint(4, 14)
            words += source[start : start + size]
        return " ".join(words[:length])

    def edited(self, text: str) -> str:
        """Return a text as somebody might send it again."""
        words = text.split() or ["so"]
        at = self.chance.randrange(len(words))
        return self.chance.choice(
            [
                text,
                text.upper(),
                " ".join([*words[:at], "other", *words[at + 1 :]]),
                " ".join(words[at:] + words[:at]),
                f"{text} {self.text('response', 8)}",
            ]
        )


def records(texts: Texts, count: int) -> Iterator[tuple[str, ...]]:
    """Yield records, of which 10 % edit one before them and 5 % take one's response or passage for something else."""
    made: list[tuple[str, ...]] = []
    while len(made) < count:
        dice = texts.chance.random() if made else 1.0
        instruction, context, response = texts.record()
        if dice < 0.15:
            before = texts.chance.choice(made)
            edit = [
                (before[0], before[1], texts.edited(before[2])),
                (texts.edited(before[0]), before[1], before[2]),
            ]
            swap = [(instruction, context, before[2]), (instruction, before[1], response)]
            made.append(texts.chance.choice(edit if dice < 0.10 else swap))
        else:
            made.append((instruction, context, response))
        yield made[-1]


def make(dolly: Path, folder: Path, *, count: int, seed: int) -> None:
    texts = Texts([json.loads(line) for line in dolly.read_text(encoding="utf-8").splitlines()], seed)
    columns = zip(*records(texts, count), strict=True)
    table = pa.table({"id": range(1, count + 1)} | dict(zip(FIELDS, map(pa.array, columns), strict=True)))
    folder.mkdir(parents=True)
    pq.write_table(table, folder / "corpus.parquet", row_group_size=ROW_GROUP)


class Corpus:
    """The records of a folder, read as often as they are asked for: a `similarity.Source`."""

    def __init__(self, folder: Path) -> None:
        self._files = sorted(folder.rglob("*.parquet"))

    def __iter__(self) -> Iterator[tuple[int, Record]]:
        for file in self._files:
            for batch in pq.ParquetFile(file).iter_batches(2_000, columns=["id", *FIELDS]):
                for number, *fields in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                    yield number, Record(*(field or "" for field in fields))

    def again(self, lines: Sequence[int]) -> Iterator[Record]:
        everything = iter(self)
        return (next(record for number, record in everything if number == line) for line in lines)


def search_whole(folder: Path, to: Path, *, similar: bool) -> None:
    """Do what `find_duplicates` does with a file."""
    found = similarity.find(Corpus(folder), similar=similar, kernel=kernels.fastest())
    rows = [(pair.kind, pair.on, pair.a, pair.b, pair.score, pair.why) for pair in found]
    columns = list(zip(*rows, strict=True)) or [()] * len(FOUND)
    to.mkdir()
    pq.write_table(pa.Table.from_arrays([pa.array(c) for c in columns], schema=FOUND), to / "found.parquet")


def run(name: str, command: list[str], count: int) -> None:
    """Run a command and print what it and all its processes took."""
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    subprocess.run(command, cwd=ROOT, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu_seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(
        f"{name}: {cpu_seconds:.0f} CPU-s, {count / cpu_seconds:,.0f} records per CPU-s, {time.monotonic() - begun:.0f} s,"
        f" its largest process {after.ru_maxrss / 1024:,.0f} MiB"
    )


def compare(folder: Path, *, workers: int, similar: bool) -> int:
    """Run both and compare their answers as sets. Return 1 where they differ."""
    count = sum(pq.read_metadata(file).num_rows for file in folder.rglob("*.parquet"))
    flags = ["--similar"] * similar
    with tempfile.TemporaryDirectory() as scratch:
        whole, spread = Path(scratch, "whole"), Path(scratch, "spread")
        run("similarity.find", [sys.executable, __file__, "whole", str(folder), str(whole), *flags], count)
        command = [sys.executable, "manage.py", "find_corpus_duplicates", str(folder), "--to", str(spread)]
        run(f"on Dask, {workers} workers", [*command, "--workers", str(workers), *flags], count)
        one, other = (
            set(zip(*pq.read_table(place).to_pydict().values(), strict=True)) for place in (whole, spread)
        )
    print(f"{len(one):,} pairs and {len(other):,}; in one of the two alone: {len(one ^ other):,}")
    return int(one != other)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)
    making = commands.add_parser("make", help="make a corpus out of a dolly-format file's words")
    making.add_argument("dolly", type=Path)
    making.add_argument("folder", type=Path)
    making.add_argument("--records", type=int, default=1_000_000)
    making.add_argument("--seed", type=int, default=7)
    comparing = commands.add_parser("compare", help="search a corpus both ways")
    comparing.add_argument("folder", type=Path)
    comparing.add_argument("--workers", type=int, default=os.cpu_count())
    comparing.add_argument("--similar", action="store_true")
    whole = commands.add_parser("whole", help="search a corpus without Dask (what `compare` runs)")
    whole.add_argument("folder", type=Path)
    whole.add_argument("to", type=Path)
    whole.add_argument("--similar", action="store_true")
    options = parser.parse_args()
    if options.command == "make":
        make(options.dolly, options.folder, count=options.records, seed=options.seed)
        return 0
    if options.command == "whole":
        search_whole(options.folder.resolve(), options.to, similar=options.similar)
        return 0
    return compare(options.folder.resolve(), workers=options.workers, similar=options.similar)


if __name__ == "__main__":
    sys.exit(main())
