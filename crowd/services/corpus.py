"""Duplicates of a corpus that is too large for one machine: Parquet in, Parquet out, and Dask in between.

`corpus_signing` and `corpus_matching` say what happens to one part; here is which parts come together, by shuffles.
Why Dask, and what it was weighed against: docs/decisions/0007-beyond-one-machine.md.
"""

import logging
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import dask
import dask.dataframe as dd
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from dask.base import compute
from distributed import Client, LocalCluster

from crowd.domain.similarity.candidates import NEIGHBOURS
from crowd.services import corpus_matching as matching
from crowd.services import corpus_signing as signing
from crowd.services.corpus_frames import QUESTION

# What a worker reads at once: uncompressed bytes. It needs about eight times as much memory.
PART_BYTES = 64 * 1024 * 1024
# A part that a worker dies of is tried on others; a record that kills every worker must not take all of them.
_DEATHS_ALLOWED = 5

_TEXTS = ("instruction", "context", "response")


class BadCorpus(ValueError):
    """The folder holds no corpus that can be searched. The message says why."""


@dataclass(frozen=True)
class Part:
    """Neighbouring row groups of one Parquet file."""

    path: str
    row_groups: tuple[int, ...]


@dataclass(frozen=True)
class Summary:
    """What was read and found. `found` counts pairs by kind."""

    records: int
    refused: int
    crowded: int
    found: dict[str, int]


@contextmanager
def cluster(scheduler: str | None, workers: int) -> Iterator[Client]:
    """Connect to a running Dask scheduler, or start so many worker processes here. What is computed, they compute."""
    # Dask tells of every connection, and warns at the start and at the end of every shuffle.
    logging.getLogger("distributed").setLevel(logging.WARNING)
    logging.getLogger("distributed.shuffle._scheduler_plugin").setLevel(logging.ERROR)
    with dask.config.set({"distributed.scheduler.allowed-failures": _DEATHS_ALLOWED}):
        if scheduler is not None:
            with Client(scheduler) as client:
                yield client
            return
        with (
            LocalCluster(n_workers=workers, threads_per_worker=1, dashboard_address="127.0.0.1:0") as local,
            Client(local) as client,
        ):
            yield client


def parts_of(folder: Path) -> list[Part]:
    """Return the parts of a folder of Parquet files, in the order of their names. Raises BadCorpus."""
    files = sorted(folder.rglob("*.parquet"))
    if not files:
        raise BadCorpus(f"There is no .parquet file in {folder}.")
    return [part for file in files for part in _parts_of_file(file)]


def find_duplicates(corpus: list[Part], to: Path, *, similar: bool) -> Summary:
    """Write every pair of records that have something in common into a new folder. Raises BadCorpus.

    The pairs are those of `similarity.find` over the same records in the order of their ids, in no order. Nothing is
    written if an id stands twice. The work is done by the cluster that was entered, or else by this process.
    """
    _refuse_repeated_ids(corpus)
    raw = dd.from_map(_read, corpus, meta=_RAW)
    counts = raw.map_partitions(_count, meta=_frame(records="int64", refused="int64"))
    signed = _apply(partial(signing.signed, with_passages=similar), raw)
    found, crowded = _found(signed, len(corpus), similar)
    partial_folder = to.with_name(f".{to.name}.partial")
    shutil.rmtree(partial_folder, ignore_errors=True)
    written = found.to_parquet(partial_folder, schema=matching.FOUND, write_index=False, compute=False)
    kinds = found.map_partitions(_count_kinds, meta=_frame(kind="str", pairs="int64"))
    _, counted, past_cap, by_kind = compute(written, counts, crowded, kinds)
    os.replace(partial_folder, to)
    return Summary(
        records=int(counted["records"].sum()),
        refused=int(counted["refused"].sum()),
        crowded=int(past_cap["crowded"].sum()),
        found={str(kind): int(pairs) for kind, pairs in by_kind.groupby("kind")["pairs"].sum().items()},
    )


def notice(summary: Summary) -> str:
    """Say what was not compared whole, if anything was not."""
    if not summary.crowded:
        return ""
    return (
        f"{summary.crowded} groups of much alike texts were too large: there, each was compared with "
        f"{NEIGHBOURS} others."
    )


def _found(signed: dd.DataFrame, count: int, similar: bool) -> tuple[dd.DataFrame, dd.DataFrame]:
    """Return all pairs of records, and how many buckets were too large."""
    texts = _apply(signing.texts, signed).shuffle("key", npartitions=count)
    questions = _apply(signing.questions, signed).shuffle("key", npartitions=count)
    asked = _apply(signing.asked, signed).shuffle("key", npartitions=count)
    text_buckets = _buckets(signing.text_bands, signed, count)
    question_buckets = _buckets(signing.question_bands, signed, count)
    found = [
        _apply(matching.equal_texts, texts),
        _apply(matching.equal_questions, asked),
        _matches(
            text_buckets,
            texts,
            fields=("instruction", "response"),
            compare=partial(matching.compare_texts, similar=similar),
            members=matching.text_members,
        ),
        _matches(
            question_buckets,
            questions,
            fields=tuple(QUESTION),
            compare=partial(matching.compare_instructions, similar=similar),
            members=matching.question_members,
        ),
    ]
    if similar:
        passages = _apply(signing.passages, signed).shuffle("key", npartitions=count)
        found.append(_apply(matching.equal_passages, passages))
    crowded = [_apply(matching.count_crowded, buckets) for buckets in (text_buckets, question_buckets)]
    return dd.concat(found), dd.concat(crowded)


def _buckets(bands: Callable[[pd.DataFrame], pd.DataFrame], signed: dd.DataFrame, count: int) -> dd.DataFrame:
    return _apply(matching.buckets, _apply(bands, signed).shuffle("hash", npartitions=count))


def _matches(
    buckets: dd.DataFrame,
    keyed: dd.DataFrame,
    *,
    fields: tuple[str, ...],
    compare: Callable[[pd.DataFrame], pd.DataFrame],
    members: Callable[[pd.DataFrame], pd.DataFrame],
) -> dd.DataFrame:
    """Compare what shares a bucket. `keyed` has the texts, shuffled by key: pairs go to them, side by side."""
    count = keyed.npartitions
    pairs = _apply(matching.pairs, buckets)
    for side in ("a", "b"):
        pairs = _apply(
            partial(matching.with_texts, side=side, fields=fields),
            pairs.shuffle(side, npartitions=count),
            keyed,
        )
    matches = _apply(compare, pairs)
    of_key = _apply(members, keyed)
    for side in ("a", "b"):
        matches = _apply(
            partial(matching.with_ids, side=side), matches.shuffle(side, npartitions=count), of_key
        )
    return _apply(matching.found, matches)


def _apply(function: Callable[..., pd.DataFrame], *frames: dd.DataFrame) -> dd.DataFrame:
    """Map a function over the parts of frames; of several, the parts that are in the same place."""
    first, *others = frames
    empty = [frame._meta for frame in frames]  # noqa: SLF001  (Dask's name for a frame without rows; it has no other)
    mapped: dd.DataFrame = first.map_partitions(
        function, *others, meta=_meta(function, *empty), align_dataframes=False
    )
    return mapped


def _meta(function: Callable[..., pd.DataFrame], *empty: pd.DataFrame) -> pd.DataFrame:
    return function(*empty).iloc[:0]


def _frame(**types: str) -> pd.DataFrame:
    return pd.DataFrame({name: pd.Series([], dtype=dtype) for name, dtype in types.items()})


_RAW = _frame(id="Int64", instruction="str", context="str", response="str")


def _parts_of_file(file: Path) -> Iterator[Part]:
    try:
        metadata = pq.read_metadata(file)
    except (pa.ArrowInvalid, OSError) as error:
        raise BadCorpus(f"{file} cannot be read as Parquet: {error}") from error
    schema = metadata.schema.to_arrow_schema()
    _refuse_other_columns(file, schema)
    groups: list[int] = []
    size = 0
    for group in range(metadata.num_row_groups):
        more = metadata.row_group(group).total_byte_size
        if groups and size + more > PART_BYTES:
            yield Part(str(file), tuple(groups))
            groups, size = [], 0
        groups.append(group)
        size += more
    if groups:
        yield Part(str(file), tuple(groups))


def _refuse_other_columns(file: Path, schema: pa.Schema) -> None:
    for name in ("id", *_TEXTS):
        if name not in schema.names:
            raise BadCorpus(f"{file} has no column {name}.")
    if not pa.types.is_integer(schema.field("id").type):
        raise BadCorpus(
            f"The column id of {file} must hold whole numbers, and holds {schema.field('id').type}."
        )
    for name in _TEXTS:
        kind = schema.field(name).type
        if not (pa.types.is_string(kind) or pa.types.is_large_string(kind)):
            raise BadCorpus(f"The column {name} of {file} must hold texts, and holds {kind}.")


def _read(part: Part) -> pd.DataFrame:
    table = pq.ParquetFile(part.path).read_row_groups(list(part.row_groups), columns=list(_RAW.columns))
    raw: pd.DataFrame = table.to_pandas()
    return raw.astype(_RAW.dtypes.to_dict())[list(_RAW.columns)]


def _read_ids(part: Part) -> pd.DataFrame:
    ids = pq.ParquetFile(part.path).read_row_groups(list(part.row_groups), columns=["id"])["id"]
    return pd.DataFrame({"id": ids.drop_null().to_numpy().astype("int64")})


def _refuse_repeated_ids(corpus: list[Part]) -> None:
    ids = dd.from_map(_read_ids, corpus, meta=_frame(id="int64")).shuffle("id", npartitions=len(corpus))
    (repeated,) = compute(ids.map_partitions(matching.repeated, meta=_frame(id="int64")))
    if len(repeated):
        named = ", ".join(map(str, sorted(repeated["id"])[:5]))
        raise BadCorpus(f"Each record needs an id of its own; more than one has each of these: {named}.")


def _count(raw: pd.DataFrame) -> pd.DataFrame:
    whole = int(signing.is_record(raw).sum())
    return pd.DataFrame({"records": [whole], "refused": [len(raw) - whole]})


def _count_kinds(found: pd.DataFrame) -> pd.DataFrame:
    counts = found["kind"].value_counts()
    return pd.DataFrame({"kind": counts.index.astype("str"), "pairs": counts.to_numpy("int64")})
