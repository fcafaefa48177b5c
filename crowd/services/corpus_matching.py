"""What a worker does with one part of a signed corpus: which pairs to compare, which of them match, and whose they are.

Frames in, frames out; the engine of `corpus` brings together in a part what has to meet. No Django here, as in
`corpus_signing`.
"""

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
import pyarrow as pa

from crowd.domain.similarity import kernels
from crowd.domain.similarity.candidates import BUCKET_CAP, candidates
from crowd.domain.similarity.matches import SAME_COPY, SAME_PASSAGE, SAME_QUESTION, SAME_TEXT, Match
from crowd.domain.similarity.profiles import same_words_key
from crowd.domain.similarity.questions import Question, compare_questions
from crowd.domain.similarity.texts import gather
from crowd.domain.similarity.verdicts import NEAR_TEXT, SIMILAR_TEXT, text_match
from crowd.services.corpus_frames import Frame, records_of, strings

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
    sets = kernel.text_sets(gather(records_of(known, context=False)))
    places = np.searchsorted(known["key"].to_numpy(np.uint64), pairs[["a", "b"]].to_numpy(np.uint64))
    both = kernel.shared(sets, places)
    shares = both / np.maximum(1, np.diff(sets.ends)[places].sum(axis=1) - both)
    matching = shares >= (SIMILAR_TEXT if similar else NEAR_TEXT)
    return _matched(pairs[matching], [text_match(share) for share in shares[matching].tolist()])


def compare_instructions(pairs: Frame, *, similar: bool) -> Frame:
    """Return the pairs of instructions that match and are not equal, with what they have in common."""
    is_other = (pairs["question_a"] != pairs["question_b"]) | (
        pairs["question_low_a"] != pairs["question_low_b"]
    )
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


def _questions(pairs: Frame, side: str) -> Iterator[Question]:
    """Yield one side's instructions, put together again."""
    columns = [pairs[f"{field}_{side}"].tolist() for field in ("signs", "typed", "core", "bag")]
    for signs, typed, core, bag in zip(*columns, strict=True):
        yield Question(b"", tuple(signs.split()), typed, core, bag)


def _matched(pairs: Frame, matches: Sequence[Match]) -> Frame:
    return pd.DataFrame(
        {
            "a": pairs["a"].to_numpy(np.uint64),
            "b": pairs["b"].to_numpy(np.uint64),
            "kind": strings([match.kind for match in matches]),
            "on": strings([match.on for match in matches]),
            "score": np.array([match.score for match in matches], np.float64),
            "why": strings([match.why for match in matches]),
        }
    )


def _text_groups(texts: Frame) -> Frame:
    """Return the records that share their key with another, with the earliest one of the same words as `leader`."""
    shared = texts[texts["key"].duplicated(keep=False)]
    words = [same_words_key(record) for record in records_of(shared, context=False)]
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
