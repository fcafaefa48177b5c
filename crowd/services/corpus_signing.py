"""What the records of one part of a corpus are brought together by: a worker signs them, frame in and frame out.

A full text or an instruction goes by the 64 bits that equal ones share, its key: two that share it by chance are told
apart before anything is said of them. No Django here: a worker needs this package's `domain` and nothing of the site.
"""

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from crowd.domain.records import Record
from crowd.domain.similarity import kernels
from crowd.domain.similarity.chunks import CHUNK, Kept
from crowd.domain.similarity.kernels import NO_TEXT
from crowd.domain.similarity.profiles import question_of
from crowd.domain.similarity.questions import Question, spelling_key
from crowd.domain.similarity.reading import Columns, Reading
from crowd.domain.similarity.scheme import BANDS
from crowd.domain.similarity.texts import gather_phrases
from crowd.domain.text import copy_hash
from crowd.services.corpus_frames import QUESTION, Frame, Keys, records_of, strings

Column: TypeAlias = "Keys | NDArray[np.int64] | pd.Series[str]"

TEXT_HASHES = [f"text_{band}" for band in range(BANDS)]
QUESTION_HASHES = [f"question_{band}" for band in range(BANDS)]

_NO_QUESTION = Question(key=bytes(16), signs=(), typed="", core="", bag=0)


def signed(raw: Frame, *, with_passages: bool) -> Frame:
    """Return the keys and the band hashes of records, beside their ids and texts; rows that are no record are left out."""
    raw = raw[is_record(raw)]
    records = records_of(raw, context=True)
    reading = Reading()
    reading.read(
        Kept(zip(raw["id"].tolist(), records, strict=True)),
        kernels.fastest(),
        ["text", "passage"] if with_passages else ["text"],
    )
    copies = [copy_hash(record.instruction, record.context, record.response) for record in records]
    text_keys = np.array(reading.text_keys, np.uint64)
    has_words = text_keys != NO_TEXT
    # Without a word two texts can be copies and nothing else: copies are what they are brought together by.
    wordless = np.array([int(copies[row][:16], 16) for row in np.flatnonzero(~has_words)], np.uint64)
    text_keys[~has_words] = wordless
    return pd.DataFrame(
        {
            "id": raw["id"].to_numpy(np.int64),
            "instruction": strings(raw["instruction"].tolist()),
            "response": strings(raw["response"].tolist()),
            "copy": strings(copies),
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
        "signs": strings([" ".join(question.signs) for question in asked]),
        "typed": strings([question.typed for question in asked]),
        "core": strings([question.core for question in asked]),
        "bag": np.array([question.bag for question in asked], np.int64),
        "spelling": np.array([spelling_key(question) for question in asked], np.uint64),
        **_columns(QUESTION_HASHES, bands),
    }


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
