"""The frames in which a corpus travels, part by part: which columns they have, and records out of their rows."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from crowd.domain.records import Record

Frame = pd.DataFrame
Keys = NDArray[np.uint64]

# The fields that an instruction is compared by, or needs no comparison where the first two are equal.
QUESTION = ["question", "question_low", "signs", "typed", "core", "bag"]


def records_of(frame: Frame, *, context: bool) -> list[Record]:
    contexts = frame["context"].fillna("").tolist() if context else [""] * len(frame)
    return [
        Record(*fields)
        for fields in zip(frame["instruction"].tolist(), contexts, frame["response"].tolist(), strict=True)
    ]


def strings(values: list[str]) -> "pd.Series[str]":
    return pd.Series(values, dtype="str")
