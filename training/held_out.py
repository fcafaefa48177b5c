"""Which records a run holds out to measure itself on, so that nothing that it learns from gives one of them away."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TypeAlias

from training import documents
from training.config import ConfigError
from training.data import Example, Record

Pair: TypeAlias = tuple[int, int]  # lines of the data, from 1


def hold_out(
    examples: Sequence[Example], *, count: int, pairs: Iterable[Pair] = (), dropped: Iterable[Record] = ()
) -> tuple[list[Example], list[Example]]:
    """Split into (training, held out): at most `count` and at most a tenth are held out, chosen by their texts' hash.

    Records that ask the same, or that a pair says are alike, stay together on one side: a group too large to be held
    out whole is learned from. Two that resemble one of the `dropped` stay together too, though nobody sees that one.
    """
    room = min(count, len(examples) // 10)
    records = [example.record for example in examples]
    kept, held = {record.line for record in records}, set[int]()
    for together in _groups([*records, *dropped], pairs):
        group = kept.intersection(together)
        if len(group) <= room - len(held):
            held.update(group)
    training = [example for example in examples if example.record.line not in held]
    return training, [example for example in examples if example.record.line in held]


def read_pairs(path: Path, *, lines: int) -> list[Pair]:
    """The pairs that `manage.py find_duplicates` found in a data file of so many lines. Raises ConfigError."""
    try:
        rows = path.read_bytes().splitlines()
    except OSError as error:
        raise ConfigError("duplicates", f"{path}: cannot be read ({error.strerror}).") from error
    return [_pair(row, lines=lines, place=f"{path}, line {number}") for number, row in enumerate(rows, 1)]


def _pair(row: bytes, *, lines: int, place: str) -> Pair:
    try:
        document = documents.parse(row.decode("utf-8"))
        one, other = document["a"], document["b"]
    except (ValueError, KeyError, TypeError) as error:
        raise ConfigError("duplicates", f"{place}: is not a pair that find_duplicates wrote.") from error
    if not all(type(line) is int and 1 <= line <= lines for line in (one, other)):
        raise ConfigError("duplicates", f"{place}: names a line that the data does not have.")
    return one, other


def _groups(records: Sequence[Record], pairs: Iterable[Pair]) -> list[list[int]]:
    """The lines of records that belong together, in the order of the groups' lowest hash."""
    leads = {record.line: record.line for record in records}

    def lead_of(line: int) -> int:
        while leads[line] != line:
            leads[line] = leads[leads[line]]
            line = leads[line]
        return line

    for one, other in (*pairs, *_same_questions(records)):
        if one in leads and other in leads:
            leads[lead_of(one)] = lead_of(other)
    groups: dict[int, list[Record]] = defaultdict(list)
    for record in records:
        groups[lead_of(record.line)].append(record)
    ranked = sorted(groups.values(), key=lambda group: min(record.digest for record in group))
    return [[record.line for record in group] for group in ranked]


def _same_questions(records: Sequence[Record]) -> Iterable[Pair]:
    """Each record whose question was asked before, case, punctuation and white space aside."""
    first: dict[tuple[str, str], int] = {}
    for record in records:
        asked = (_letters(record.instruction), _letters(record.context))
        yield first.setdefault(asked, record.line), record.line


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text.casefold()))
