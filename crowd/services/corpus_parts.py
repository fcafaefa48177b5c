"""What a worker does with one part of a corpus: frames in, frames out. The engine of `corpus` brings parts together.

A full text or an instruction goes by the 64 bits that equal ones share, its key: two that share it by chance are told
apart before anything is said of them. No Django here: a worker needs this package's `domain` and nothing of the site.
"""

from collections.abc import Iterator, Sequence
from typing import TypeAlias

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from crowd.domain.records import Record
from crowd.domain.similarity import kernels
from crowd.domain.similarity.candidates import BUCKET_CAP, candidates
from crowd.domain.similarity.chunks import CHUNK, Kept
from crowd.domain.similarity.kernels import NO_TEXT
from crowd.domain.similarity.matches import (
    SAME_COPY,
    SAME_PASSAGE,
    SAME_QUESTION,
    SAME_TEXT,
    Aspect,
    Match,
)
from crowd.domain.similarity.profiles import question_of, same_words_key
from crowd.domain.similarity.questions import Question, compare_questions, spelling_key
from crowd.domain.similarity.reading import Columns, Reading
from crowd.domain.similarity.scheme import BANDS
from crowd.domain.similarity.texts import gather, gather_phrases
from crowd.domain.similarity.verdicts import NEAR_TEXT, SIMILAR_TEXT, text_match
from crowd.domain.text import copy_hash

Frame = pd.DataFrame
Keys = NDArray[np.uint64]
Column: TypeAlias = "Keys | NDArray[np.int64] | pd.Series[str]"

TEXT_HASHES = [f"text_{band}" for band in range(BANDS)]
# The fields that an instruction is compared by, or needs no comparison where the first two are equal.
QUESTION = ["question", "question_low", "signs", "typed", "core", "bag"]
QUESTION_HASHES = [f"question_{band}" for band in range(BANDS)]

_NO_QUESTION = Question(key=bytes(16), signs=(), typed="", core="", bag=0)

# One row for each pair that is found.
FOUND = pa.schema(
    [
        ("kind", pa.string()),
        ("on", pa.string()),
        ("a", pa.int64()),
        ("b", pa.int64()),
        ("score", pa.float64()),
        ("why", pa.string()),
    ]
)


def signed(raw: Frame, *, with_passages: bool) -> Frame:
    """Return the keys and the band hashes of records, beside their ids and texts; rows that are no record are left out."""
    raw = raw[is_record(raw)]
    records = _records(raw, context=True)
    reading = Reading()
    respects: list[Aspect] = ["text", "passage"] if with_passages else ["text"]
    reading.read(Kept(zip(raw["id"].tolist(), records, strict=True)), kernels.fastest(), respects)
    copies = [copy_hash(record.instruction, record.context, record.response) for record in records]
    text_keys = np.array(reading.text_keys, np.uint64)
    has_words = text_keys != NO_TEXT
    # Without a word two texts can be copies and nothing else: copies are what they are brought together by.
    wordless = np.array([int(copies[row][:16], 16) for row in np.flatnonzero(~has_words)], np.uint64)
    text_keys[~has_words] = wordless
    return pd.DataFrame(
        {
            "id": raw["id"].to_numpy(np.int64),
            "instruction": _strings(raw["instruction"].tolist()),
            "response": _strings(raw["response"].tolist()),
            "copy": _strings(copies),
            "has_words": has_words,
            "text": text_keys,
            **_signed_questions(records),
            **(_halves("passage", reading.passage_keys) if with_passages else {}),
            **_columns(TEXT_HASHES, reading.text_bands),
        }
    )


def is_record(raw: Frame) -> "pd.Series[bool]":
    """Say of each row whether it holds what a record needs. `context` may be null."""
    return raw[["id", "instruction", "response"]].notna().all(axis=1)


def text_bands(signed: Frame) -> Frame:
    """Return a row for each band of each different full text: its hash and the text's key."""
    return _bands(signed[signed["has_words"]], "text", TEXT_HASHES)


def question_bands(signed: Frame) -> Frame:
    return _bands(_asking(signed), "spelling", QUESTION_HASHES)


def texts(signed: Frame) -> Frame:
    return signed[["text", "id", "copy", "instruction", "response"]].rename(columns={"text": "key"})


def questions(signed: Frame) -> Frame:
    """Return instructions by what comparison reads of them: how they are spelled."""
    return _asking(signed)[["spelling", "id", *QUESTION]].rename(columns={"spelling": "key"})


def asked(signed: Frame) -> Frame:
    """Return instructions by what is equal after case and punctuation."""
    asking = _asking(signed)[["question", "question_low", "id"]]
    return asking.rename(columns={"question": "key", "question_low": "low"})


def passages(signed: Frame) -> Frame:
    has_one = (signed["passage"] | signed["passage_low"]) != 0
    return signed.loc[has_one, ["passage", "passage_low", "id"]].rename(
        columns={"passage": "key", "passage_low": "low"}
    )


def buckets(bands: Frame) -> Frame:
    """Return the rows whose hash more than one key has, each once, sorted. A part holds all rows of its hashes."""
    bands = bands.drop_duplicates().sort_values(["hash", "key"], ignore_index=True)
    return bands[bands["hash"].duplicated(keep=False)]


def count_crowded(buckets: Frame) -> Frame:
    """Return, as a frame of one row, how many buckets are too large to compare whole."""
    return pd.DataFrame({"crowded": [int((buckets["hash"].value_counts() > BUCKET_CAP).sum())]})


def pairs(buckets: Frame) -> Frame:
    """Return the pairs of keys to compare, lower first."""
    keys = buckets["key"].to_numpy(np.uint64)
    rows, _ = candidates([buckets["hash"].to_numpy(np.int64, copy=True)], np.arange(len(keys)), keys)
    both = np.sort(keys[rows], axis=1)
    return pd.DataFrame({"a": both[:, 0], "b": both[:, 1]}).drop_duplicates(ignore_index=True)


def with_texts(pairs: Frame, members: Frame, *, side: str, fields: Sequence[str]) -> Frame:
    """Put the texts of one side beside the pairs, each once: those of the earliest record that has the key."""
    different = pairs.drop_duplicates(["a", "b"])  # several buckets bring the same pair
    leaders = members.sort_values("id").drop_duplicates("key")[["key", *fields]]
    named = leaders.rename(columns={"key": side} | {field: f"{field}_{side}" for field in fields})
    return different.merge(named, on=side)


def compare_texts(pairs: Frame, *, similar: bool) -> Frame:
    """Return the pairs of full texts that match, with what they have in common (Jaccard of their shingle sets)."""
    if pairs.empty:
        return _matched(pairs, [])
    sides = [
        pairs[[side, f"instruction_{side}", f"response_{side}"]].set_axis(
            ["key", "instruction", "response"], axis=1
        )
        for side in ("a", "b")
    ]
    known = pd.concat(sides).drop_duplicates("key").sort_values("key")
    kernel = kernels.fastest()
    sets = kernel.text_sets(gather(_records(known, context=False)))
    places = np.searchsorted(known["key"].to_numpy(np.uint64), pairs[["a", "b"]].to_numpy(np.uint64))
    both = kernel.shared(sets, places)
    shares = both / np.maximum(1, np.diff(sets.ends)[places].sum(axis=1) - both)
    matching = shares >= (SIMILAR_TEXT if similar else NEAR_TEXT)
    return _matched(pairs[matching], [text_match(share) for share in shares[matching].tolist()])


def compare_instructions(pairs: Frame, *, similar: bool) -> Frame:
    """Return the pairs of instructions that match and are not equal, with what they have in common."""
    is_other = (pairs["question_a"] != pairs["question_b"]) | (pairs["question_low_a"] != pairs["question_low_b"])
    pairs = pairs[is_other]
    matches = [
        compare_questions(a, b, similar)
        for a, b in zip(_questions(pairs, "a"), _questions(pairs, "b"), strict=True)
    ]
    matching = np.array([match is not None for match in matches], np.bool_)
    return _matched(pairs[matching], [match for match in matches if match is not None])


def equal_texts(texts: Frame) -> Frame:
    """Return the pairs of each record with the earliest one of the same words, and of each copy with its earliest."""
    groups = _text_groups(texts)
    first = groups.groupby(["leader", "copy"], sort=False)["id"].transform("min")
    copies = groups.assign(a=first)[groups["id"] != first]
    leading = groups.set_index("id")["copy"].reindex(groups["leader"]).to_numpy()
    looser = groups.assign(a=groups["leader"])[groups["copy"].to_numpy() != leading]
    return pd.concat([_followers(copies, SAME_COPY), _followers(looser, SAME_TEXT)], ignore_index=True)


def equal_questions(asked: Frame) -> Frame:
    return _followers(_led(asked, "low"), SAME_QUESTION)


def equal_passages(passages: Frame) -> Frame:
    return _followers(_led(passages, "low"), SAME_PASSAGE)


def text_members(texts: Frame) -> Frame:
    """Return the ids of the records that equal the one whose text was compared, by key."""
    groups = _text_groups(texts)
    alone = texts[~texts["key"].duplicated(keep=False)]
    return pd.concat([alone[["key", "id"]], _members(groups)], ignore_index=True)


def question_members(questions: Frame) -> Frame:
    return _members(_led(questions, "question", alone=True))


def with_ids(matches: Frame, members: Frame, *, side: str) -> Frame:
    """Put in the place of one side's key each record that has it."""
    joined = matches.merge(members.rename(columns={"key": side}), on=side)
    return joined.drop(columns=side).rename(columns={"id": f"id_{side}"})


def found(matches: Frame) -> Frame:
    """Return the pairs of records as they are written, the lower id first."""
    ids = np.sort(matches[["id_a", "id_b"]].to_numpy(np.int64), axis=1)
    return _typed(matches.assign(a=ids[:, 0], b=ids[:, 1]))


def repeated(ids: Frame) -> Frame:
    """Return the ids that more than one record has."""
    return ids[ids["id"].duplicated()].drop_duplicates()


def _records(frame: Frame, *, context: bool) -> list[Record]:
    contexts = frame["context"].fillna("").tolist() if context else [""] * len(frame)
    return [
        Record(*fields)
        for fields in zip(frame["instruction"].tolist(), contexts, frame["response"].tolist(), strict=True)
    ]


def _strings(values: list[str]) -> "pd.Series[str]":
    return pd.Series(values, dtype="str")


def _halves(name: str, numbers: Sequence[int] | Keys) -> dict[str, Keys]:
    """Return keys of 16 bytes as two columns."""
    both = np.array(numbers, np.uint64).reshape(-1, 2)
    return {name: both[:, 0], f"{name}_low": both[:, 1]}


def _columns(names: Sequence[str], hashes: Columns) -> dict[str, NDArray[np.int64]]:
    return dict(zip(names, hashes.arrays(), strict=True))


def _signed_questions(records: Sequence[Record]) -> dict[str, Column]:
    """Return what instructions are compared by, and their bands. A record that asks nothing has no key."""
    asked = [question_of(record.instruction) or _NO_QUESTION for record in records]
    bands = Columns()
    for start in range(0, len(asked), CHUNK):
        phrases = gather_phrases([question.core for question in asked[start : start + CHUNK]])
        bands.extend(kernels.fastest().phrase_bands(phrases))
    return {
        **_halves("question", np.frombuffer(b"".join(question.key for question in asked), np.uint64)),
        "signs": _strings([" ".join(question.signs) for question in asked]),
        "typed": _strings([question.typed for question in asked]),
        "core": _strings([question.core for question in asked]),
        "bag": np.array([question.bag for question in asked], np.int64),
        "spelling": np.array([spelling_key(question) for question in asked], np.uint64),
        **_columns(QUESTION_HASHES, bands),
    }


def _questions(pairs: Frame, side: str) -> Iterator[Question]:
    """Yield one side's instructions, put together again."""
    columns = [pairs[f"{field}_{side}"].tolist() for field in ("signs", "typed", "core", "bag")]
    for signs, typed, core, bag in zip(*columns, strict=True):
        yield Question(b"", tuple(signs.split()), typed, core, bag)


def _asking(signed: Frame) -> Frame:
    return signed[(signed["question"] | signed["question_low"]) != 0]


def _bands(signed: Frame, key: str, hashes: list[str]) -> Frame:
    different = signed.drop_duplicates(key)
    return pd.DataFrame(
        {
            "hash": different[hashes].to_numpy(np.int64).ravel(),
            "key": np.repeat(different[key].to_numpy(np.uint64), BANDS),
        }
    )


def _matched(pairs: Frame, matches: Sequence[Match]) -> Frame:
    return pd.DataFrame(
        {
            "a": pairs["a"].to_numpy(np.uint64),
            "b": pairs["b"].to_numpy(np.uint64),
            "kind": _strings([match.kind for match in matches]),
            "on": _strings([match.on for match in matches]),
            "score": np.array([match.score for match in matches], np.float64),
            "why": _strings([match.why for match in matches]),
        }
    )


def _text_groups(texts: Frame) -> Frame:
    """Return the records that share their key with another, with the earliest one of the same words as `leader`."""
    shared = texts[texts["key"].duplicated(keep=False)]
    words = [same_words_key(record) for record in _records(shared, context=False)]
    return _led(shared.assign(words=pd.Series(words, index=shared.index, dtype=object)), "words")


def _led(members: Frame, told_apart_by: str, *, alone: bool = False) -> Frame:
    """Return the records that are not alone, with the earliest one that equals them as `leader` and of the key as `first`."""
    if not alone:
        members = members[members["key"].duplicated(keep=False)]
    leader = members.groupby(["key", told_apart_by], sort=False)["id"].transform("min")
    first = members.groupby("key", sort=False)["id"].transform("min")
    return members.assign(leader=leader, first=first, a=leader)


def _members(groups: Frame) -> Frame:
    return groups.loc[groups["leader"] == groups["first"], ["key", "id"]]


def _followers(groups: Frame, match: Match) -> Frame:
    behind = groups[groups["id"] != groups["a"]]
    return _typed(behind.rename(columns={"id": "b"}).assign(**vars(match)))


def _typed(frame: Frame) -> Frame:
    """Return the columns of `FOUND` alone, in their types."""
    types = {"kind": "str", "on": "str", "a": "int64", "b": "int64", "score": "float64", "why": "str"}
    return frame[list(types)].astype(types).reset_index(drop=True)
