"""Run checks on a pair: each by itself, so that one that fails leaves the others' answers as they are."""

from collections.abc import Iterable, Sequence

from crowd.domain import text
from crowd.domain.categories import CategoryRule
from crowd.domain.checks.guard import CutOff, Watch, watching
from crowd.domain.checks.model import Check, Finding, Pair, Place
from crowd.domain.checks.registry import CHECKS

# What reports that a check raised or was cut off.
FAILED = "check.failed"

# Far more than any check needs for texts within the limits; what takes longer does not end.
CPU_SECONDS = 10.0

# Longer texts are refused at the door (`length.long`), where all of them is read. The rest reads as much, which
# bounds what a file's line of ten megabytes can cost.
MAX_CHARS = 2 * max(text.LIMITS.values())


def check(
    pair: Pair, category: CategoryRule, *, checks: Sequence[Check] = CHECKS, cpu_seconds: float = CPU_SECONDS
) -> list[Finding]:
    """Run checks on a pair. Findings stand in the order of the checks, then of fields, then of places.

    One that cannot be prepared, raises, or is cut off, which it is between half of `cpu_seconds` of processor time and
    all of them, is reported as `check.failed` in its place.
    """
    shown = _clipped(pair)
    present = [rule for rule in checks if rule.categories(category)]
    # Not on the watch: loading a library takes as long as it takes.
    unprepared = {rule.rule: _prepare(rule) for rule in present}
    with watching(cpu_seconds) as watch:
        return [
            finding
            for rule in present
            for finding in unprepared[rule.rule]
            or _findings(rule, pair if rule.at_door else shown, category, watch)
        ]


def errors_in(findings: Iterable[Finding]) -> list[Finding]:
    """Return the findings that keep a pair out."""
    return [finding for finding in findings if finding.severity == "error"]


def _prepare(rule: Check) -> list[Finding]:
    """Load what a check needs. Returns what is to be said in its place where that fails."""
    try:
        rule.prepare()
    except Exception as error:  # noqa: BLE001 - as below
        return [_failed(rule, f"could not be made ready ({type(error).__name__})")]
    return []


def _findings(rule: Check, pair: Pair, category: CategoryRule, watch: Watch) -> list[Finding]:
    try:
        with watch:
            places = list(rule.run(pair, category))
    except CutOff:
        return [_failed(rule, "took too long on this text")]
    except Exception as error:  # noqa: BLE001 - whatever a check raises, the others go on
        return [_failed(rule, f"failed on this text ({type(error).__name__})")]
    return [_finding(rule, place) for place in places]


def _finding(rule: Check, place: Place) -> Finding:
    field, start, end, message, severity = place
    return Finding(rule.rule, severity or rule.severity, field, start, end, message, version=rule.version)


def _failed(rule: Check, what: str) -> Finding:
    message = f"The check {rule.rule} {what}, so it says nothing about it: look for yourself."
    return Finding(FAILED, "warning", "", 0, 0, message, version=rule.version)


def _clipped(pair: Pair) -> Pair:
    texts = (pair.instruction, pair.context, pair.response)
    if max(map(len, texts)) <= MAX_CHARS:
        return pair
    return Pair(pair.category, *(value[:MAX_CHARS] for value in texts))
