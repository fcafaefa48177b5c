"""Which rows are equal. Pure, numpy."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]


class Groups:
    """Rows by what they share. `leaders` has the earliest row of each group, `shared` every group of more than one."""

    def __init__(self, rows: Integers, columns: Sequence[NDArray[np.uint64]]) -> None:
        """Group some rows, given in rising order, by their values in all of the columns."""
        order = rows[np.lexsort([column[rows] for column in columns])]
        is_first = np.ones(len(order), np.bool_)
        if len(order):
            is_first[1:] = np.any([column[order][1:] != column[order][:-1] for column in columns], axis=0)
        begins = np.flatnonzero(is_first)
        sizes = np.diff(begins, append=len(order))
        self.leaders: Integers = np.sort(order[begins])
        self.shared: list[list[int]] = [
            order[begin : begin + size].tolist()
            for begin, size in zip(begins[sizes > 1].tolist(), sizes[sizes > 1].tolist(), strict=True)
        ]

    def members(self) -> list[int]:
        """Return the rows that are not alone in their group."""
        return [row for group in self.shared for row in group]
