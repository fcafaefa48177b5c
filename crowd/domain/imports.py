"""What an import has to say: about a row, and about all of it. Pure."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from crowd.domain.licences import HUMAN_ORIGINS, is_commercial
from crowd.domain.text import plural

# The rules of remarks that no check makes.
ROW, CATEGORY, COPY, ORIGIN = "row", "category", "copy", "origin"


@dataclass(frozen=True)
class Remark:
    """What a person should know about a row: why it was left out, or that it is not what they said."""

    line: int
    rule: str
    message: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.rule}: {self.message}"


@dataclass
class Report:
    """What an import did, or would do, in numbers that stay few however long the file is."""

    is_dry: bool = False
    already_here: int = 0
    copies: int = 0
    categories: Counter[str] = field(default_factory=Counter)
    origins: Counter[str] = field(default_factory=Counter)
    findings: Counter[str] = field(default_factory=Counter)
    look_alikes: Counter[str] = field(default_factory=Counter)
    refusals: Counter[str] = field(default_factory=Counter)

    @property
    def added(self) -> int:
        return self.categories.total()

    @property
    def refused(self) -> int:
        return self.refusals.total()

    @property
    def rows(self) -> int:
        return self.added + self.already_here + self.copies + self.refused

    def details(self, *, licence: str) -> Iterator[str]:
        """Yield what there is to say about the records under this licence, a sentence a line."""
        for what, counts in (
            ("Records by category", self.categories),
            ("Findings by rule", self.findings),
            (self._pairs(), self.look_alikes),
            ("Rows refused by rule", self.refusals),
        ):
            if counts:
                yield f"{what}: {_listed(counts)}."
        if self.added:
            yield f"Licence {licence}, origin {_listed(self.origins)}. {self._for_companies(licence)}"

    def summary(self) -> str:
        """Return all of it in one line."""
        done = "would be imported" if self.is_dry else "imported"
        return (
            f"{self.added} {plural(self.added, 'record')} {done}, {self.already_here} already here, "
            f"{self.copies} exact {'copy' if self.copies == 1 else 'copies'}, "
            f"{self.refused} {plural(self.refused, 'row')} refused, "
            f"{self.findings.total()} {plural(self.findings.total(), 'finding')} for the reviewers."
        )

    def _pairs(self) -> str:
        """What the look-alikes are pairs of: a dry run enters no row into the index by which the next ones would find it."""
        return "Pairs of look-alikes" + (" with what is here" if self.is_dry else "")

    def _for_companies(self, licence: str) -> str:
        by_people = sum(self.origins[origin] for origin in HUMAN_ORIGINS)
        unfit = self.added - (by_people if is_commercial(licence) else 0)
        if not unfit:
            return "A commercial release may hold them."
        return f"A commercial release is refused for {unfit} of them, each by its id."


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {counts[name]}" for name in sorted(counts))
