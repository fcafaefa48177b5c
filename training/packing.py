"""Which records make a step, and how they share rows: shuffled by seed, every record once an epoch, no padding."""

import random
from bisect import bisect_left, insort
from collections.abc import Iterator, Mapping, Sequence
from itertools import count
from typing import TypeAlias

Rows: TypeAlias = list[list[int]]


def best_fit(lengths: Sequence[int], *, capacity: int) -> Rows:
    """Put items into rows, longest first, each into the fullest row that still takes it. Rows hold item numbers.

    Raises ValueError for an item longer than a row.
    """
    rows: Rows = []
    room: list[tuple[int, int]] = []  # (tokens left, row), sorted
    for item in sorted(range(len(lengths)), key=lambda item: (-lengths[item], item)):
        if lengths[item] > capacity:
            raise ValueError(f"{lengths[item]} tokens do not fit a row of {capacity}")
        place = bisect_left(room, (lengths[item], -1))
        if place == len(room):
            rows.append([])
            left, row = capacity, len(rows) - 1
        else:
            left, row = room.pop(place)
        rows[row].append(item)
        insort(room, (left - lengths[item], row))
    return rows


def batches(lengths: Sequence[int], *, batch_records: int, capacity: int, seed: int) -> Iterator[Rows]:
    """The rows of step 1, 2, 3, … without end. Step and seed alone decide them, so a step number is a data cursor."""
    for epoch in count():
        order = list(range(len(lengths)))
        random.Random(f"{seed}:{epoch}").shuffle(order)  # noqa: S311 (no secret: it must be repeatable)
        for start in range(0, len(order), batch_records):
            chosen = order[start : start + batch_records]
            rows = best_fit([lengths[item] for item in chosen], capacity=capacity)
            yield [[chosen[place] for place in row] for row in rows]


def row_capacity(settings: Mapping[str, int | float | str]) -> int:
    """The tokens that a row takes. A step that moves weights in its backward pass has but one, and so one row."""
    records = int(settings["batch_records"]) if settings["in_backward"] else 1
    return records * int(settings["max_length"])
