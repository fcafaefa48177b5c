"""How far reviewers agree on texts that two or more of them decided on. Pure.

Krippendorff's alpha is computed here and not by a library (docs/decisions/0012-krippendorffs-alpha.md).
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any

from exports.domain.quality import rounded

# Below this many texts alpha swings by tenths with a single decision; the share alone is told then.
FEWEST_FOR_ALPHA = 20


def agreement(decided: Iterable[Sequence[str]]) -> dict[str, Any]:
    """`decided`: for each text the decisions of different reviewers. Texts with fewer than two are left out.

    - `texts`: those decided on by two or more; where there are none, agreement cannot be measured and the rest is None.
    - `percent`: of all pairs of decisions on one text, how many are the same.
    - `alpha`: Krippendorff's, for nominal data: 1 - observed / expected disagreement (K. Krippendorff, "Computing
      Krippendorff's Alpha-Reliability", 2011). 1 is perfect, 0 is chance. None below 20 texts, and where all are alike.

    Texts are decided on twice because somebody sent them twice: they are no random sample of the release.
    """
    units = [Counter(decisions) for decisions in decided if len(decisions) > 1]
    pairs = sum(_pairs(unit.total()) for unit in units)
    same = sum(_pairs(count) for unit in units for count in unit.values())
    alpha = krippendorff_alpha(units) if len(units) >= FEWEST_FOR_ALPHA else None
    return {
        "texts": len(units),
        "percent": rounded(Fraction(100 * same, pairs), 1) if pairs else None,
        "alpha": None if alpha is None else rounded(alpha, 3),
    }


def krippendorff_alpha(units: Sequence[Counter[str]]) -> Fraction | None:
    """Nominal alpha of units with at least two values each; None where only one value occurs at all."""
    totals: Counter[str] = Counter()
    for unit in units:
        totals.update(unit)
    values = totals.total()
    by_chance = values**2 - sum(count**2 for count in totals.values())
    if not by_chance:
        return None
    observed = sum((_disagreement(unit) for unit in units), start=Fraction())
    return 1 - (values - 1) * observed / by_chance


def _disagreement(unit: Counter[str]) -> Fraction:
    """Ordered pairs of unlike values in a unit, each weighing 1 / (values - 1)."""
    alike = sum(count**2 for count in unit.values())
    return Fraction(unit.total() ** 2 - alike, unit.total() - 1)


def _pairs(count: int) -> int:
    return count * (count - 1) // 2
