"""Pairs for the tests of checks: a sound one, of which a test changes what it is about."""

from collections.abc import Iterable
from pathlib import Path

from crowd.domain.categories import DOLLY_RULES
from crowd.domain.checks import CHECKS, Finding, Pair, check

DOLLY = Path(__file__).parents[3] / "shared/data/dolly/databricks-dolly-15k.jsonl"

INSTRUCTION = "Why is the sky blue?"
CONTEXT = "The air scatters blue light more than red light. That is why the sky is blue by day and the sun red at dusk."
RESPONSE = "Because the air scatters blue light more than red light."


def findings(
    category: str = "open_qa",
    *,
    instruction: str = INSTRUCTION,
    context: str = "",
    response: str = RESPONSE,
    only: str = "",
) -> list[Finding]:
    """What all checks find, or those whose rule begins with `only`."""
    checks = [rule for rule in CHECKS if rule.rule.startswith(only)]
    return check(Pair(category, instruction, context, response), DOLLY_RULES[category], checks=checks)


def places(found: Iterable[Finding]) -> list[tuple[str, str, str, int, int]]:
    return [(f.rule, f.severity, f.field, f.start, f.end) for f in found]


def quoted(rule: str, response: str, **texts: str) -> list[str]:
    """The parts of a response that a rule points at."""
    found = findings(response=response, only=rule, **texts)
    return [response[f.start : f.end] for f in found if f.field == "response"]
