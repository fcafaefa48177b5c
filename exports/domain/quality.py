"""How good a release is, in numbers: what its records show, and what the site adds from before the release. Pure.

Every number is an integer, or a ratio of integers rounded once from its exact value, so that the same records give the
same bytes in any order and on any machine. A text is only ever counted, and people are never told apart.
"""

import json
from array import array
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from exports.domain.record import Record

FOLDER = "figures"
PATH = f"{FOLDER}/quality.json"
FIELDS = ("instruction", "context", "response")
WARNING = "warning"
_NOBODY = 0xFFFF_FFFF  # stands for the author of an imported record


@dataclass
class Quality:
    """Adds records up, in a few bytes each. `language_of` names a text's language; without it, none is counted."""

    language_of: Callable[[str], str] | None = None
    languages: Counter[str] = field(default_factory=Counter)
    passages: Counter[str] = field(default_factory=Counter)
    warned: int = 0
    warned_by_reviewers: int = 0
    categories: dict[str, int] = field(default_factory=dict)  # each with its number, in the order they came
    columns: dict[str, "array[int]"] = field(
        default_factory=lambda: {name: array("I") for name in _columns()}
    )

    def add(self, record: Record) -> None:
        self.columns["category"].append(self.categories.setdefault(record.category, len(self.categories)))
        self.columns["author"].append(_NOBODY if record.author is None else record.author)
        for name in FIELDS:
            text = getattr(record.texts, name)
            self.columns[f"{name}_characters"].append(len(text))
            self.columns[f"{name}_words"].append(len(text.split()))
        if record.passage:
            self.passages[_standing_of(record)] += 1
        if any(severity == WARNING for _rule, severity, _field in record.checks):
            self.warned += 1
            self.warned_by_reviewers += bool(record.reviews)
        if self.language_of:
            self.languages[self.language_of(f"{record.texts.instruction}\n{record.texts.response}")] += 1

    def counted(self) -> dict[str, Any]:
        """What data and provenance show: anybody who has the two files can count it again.

        - `lengths`: for each field the 5th, 25th, 50th, 75th and 95th percentile (nearest rank) in characters (code
          points) and in words (runs between white space, which says little of a language written without it), of the
          records that have the field; of all, and by category.
        - `words`: how many instructions and responses have 1, 2 to 3, 4 to 7 … words, by the least of each span.
        - `passages`: records whose passage the wiki confirmed (`verified`), whose revision nobody could ask yet
          (`unverified`), or that came with a dataset and names no revision (`unpinned`). It says nothing of the response.
        - `warnings`: records whose approved text has a warning (`standing`), and those of them that a reviewer here
          approved all the same. A warning is no fault.
        - `contributors`: see `concentration`.
        """
        from exports.domain import distributions  # noqa: PLC0415 - pandas, which the web process never needs

        # A row a record: the category's name, the author's number, and six lengths.
        frame = distributions.frame(self.columns, list(self.categories))
        return {
            "records": len(frame),
            "lengths": distributions.lengths(frame, FIELDS),
            "words": {
                name: distributions.spans(frame[f"{name}_words"]) for name in ("instruction", "response")
            },
            "passages": {name: self.passages[name] for name in ("verified", "unverified", "unpinned")},
            "warnings": {"standing": self.warned, "approved_by_reviewers": self.warned_by_reviewers},
            "contributors": concentration(distributions.tally(frame["author"], without=_NOBODY)),
        }


def concentration(tallies: list[int]) -> dict[str, Any]:
    """How many people wrote the records, and how evenly. `tallies`: each one's number of records, at least 1.

    - `top_person`, `top_tenth`: the share in percent of whoever wrote most, and of the most active tenth (rounded up).
    - `gini`: 0 where all wrote equally many, towards 1 where one wrote all: 2 Σ i·xᵢ / (n Σ xᵢ) - (n + 1) / n, x ascending.
    - `effective`: how many people writing equally would be as diverse, (Σ x)² / Σ x² (inverse Simpson index).

    Few people are counted like many: each line of the provenance names its author by a pseudonym, and whoever has it counts
    the same. None of it tells how good anybody's records are.
    """
    people, records = len(tallies), sum(tallies)
    tenth = (people + 9) // 10
    if not people:
        return {"people": 0}
    rising = sorted(tallies)
    ranked = sum(place * written for place, written in enumerate(rising, start=1))
    return {
        "people": people,
        "records": records,
        "top_person": percent(rising[-1], records),
        "top_tenth": percent(sum(rising[-tenth:]), records),
        "gini": rounded(Fraction(2 * ranked, people * records) - Fraction(people + 1, people), 3),
        "effective": rounded(Fraction(records**2, sum(written**2 for written in rising)), 1),
    }


def percent(part: int, whole: int) -> float | None:
    """The share in percent with one decimal; of nothing there is none."""
    return rounded(Fraction(100 * part, whole), 1) if whole else None


def rounded(ratio: Fraction, decimals: int) -> float:
    """An exact ratio as the nearest decimal number, a half to the even one."""
    return float(round(ratio, decimals))


def dump(counted: dict[str, Any], stated: dict[str, Any]) -> bytes:
    """The file of all figures: `counted` from the records, `stated` by the site. There is one spelling only."""
    told = {"counted": counted, "stated": stated}
    return json.dumps(told, ensure_ascii=False, indent=2).encode() + b"\n"


def _columns() -> tuple[str, ...]:
    lengths = (f"{name}_{unit}" for name in FIELDS for unit in ("characters", "words"))
    return ("category", "author", *lengths)


def _standing_of(record: Record) -> str:
    if record.source is not None:
        return "unpinned"
    return "verified" if record.passage and record.passage.is_verified else "unverified"
