"""Distributions over a table of records, with pandas: for jobs and commands, never the web process. Pure."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from array import array

UNITS = ("characters", "words")
PERCENTILES = (5, 25, 50, 75, 95)


def frame(columns: "Mapping[str, array[int]]", categories: list[str]) -> pd.DataFrame:
    """The table: a row a record. `category` comes as a number and becomes the name that it stands for."""
    table = pd.DataFrame(
        {name: np.frombuffer(values, dtype=values.typecode) for name, values in columns.items()}
    )
    codes = table["category"].to_numpy(dtype=np.int32)
    table["category"] = pd.Categorical.from_codes(codes, pd.Index(categories, dtype=object))
    return table


def lengths(table: pd.DataFrame, fields: Iterable[str]) -> dict[str, Any]:
    """The percentiles of every field's lengths: of all records, and by category in alphabetical order."""
    fields = tuple(fields)
    groups = {str(name): group for name, group in table.groupby("category", observed=True)}
    return {
        "all": _of_fields(table, fields),
        "by_category": {name: _of_fields(groups[name], fields) for name in sorted(groups)},
    }


def spans(words: "pd.Series[int]") -> dict[str, int]:
    """How many texts have 1, 2 to 3, 4 to 7 … words: the least of each span, and its texts; empty texts left out."""
    present = words[words > 0]
    if present.empty:
        return {}
    starts = 2 ** np.arange(int(present.max()).bit_length(), dtype=np.int64)
    places = np.searchsorted(starts, present.to_numpy(), side="right") - 1
    counts = np.bincount(places, minlength=len(starts)).tolist()
    return {str(start): count for start, count in zip(starts.tolist(), counts, strict=True)}


def tally(values: "pd.Series[int]", *, without: int) -> list[int]:
    """How often each value stands in a column, in descending order; one value is not counted."""
    counts: list[int] = values[values != without].value_counts(sort=False).tolist()
    return sorted(counts, reverse=True)


def _of_fields(table: pd.DataFrame, fields: tuple[str, ...]) -> dict[str, dict[str, dict[str, int]]]:
    """By field and unit; a field that no record has is left out."""
    return {
        name: {unit: _percentiles(present[f"{name}_{unit}"]) for unit in UNITS}
        for name in fields
        if len(present := table[table[f"{name}_characters"] > 0])
    }


def _percentiles(values: "pd.Series[int]") -> dict[str, int]:
    """Nearest ranks (always a value that is there), of at least one value."""
    ordered = np.sort(values.to_numpy())
    return {f"p{percent}": int(ordered[-(-percent * len(ordered) // 100) - 1]) for percent in PERCENTILES}
