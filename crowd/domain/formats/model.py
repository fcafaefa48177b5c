"""What every import format gives: lines with their entries, or with what is wrong with them. Pure."""

from collections.abc import Iterator
from typing import NamedTuple

from crowd.domain.records import BadRecord, Record

# What a record without a category of its own is: dolly's free-form eighth.
FREE_FORM = "general_qa"


class BadFile(ValueError):
    """Nothing of the file can be read in this format. The message says why, and what to do."""


class Entry(NamedTuple):
    """A record that a file brings. `model` names who wrote it where the file itself says that it was a model."""

    record: Record
    model: str = ""


# A physical line, from 1 (in Parquet a row, from 1).
Line = tuple[int, tuple[Entry, ...] | BadRecord]
Lines = Iterator[Line]
