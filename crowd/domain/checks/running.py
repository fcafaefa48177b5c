"""Run checks on a pair."""

from collections.abc import Iterable, Sequence

from crowd.domain.categories import CategoryRule
from crowd.domain.checks.model import Check, Finding, Pair
from crowd.domain.checks.registry import CHECKS


def check(pair: Pair, category: CategoryRule, *, checks: Sequence[Check] = CHECKS) -> list[Finding]:
    """Run checks on a pair. Findings stand in the order of the checks, then of fields, then of places."""
    return [
        Finding(
            rule.rule,
            place.severity or rule.severity,
            place.field,
            place.start,
            place.end,
            place.message,
            version=rule.version,
        )
        for rule in checks
        if rule.categories(category)
        for place in rule.run(pair, category)
    ]


def errors_in(findings: Iterable[Finding]) -> list[Finding]:
    """Return the findings that keep a pair out."""
    return [finding for finding in findings if finding.severity == "error"]
