"""Checks made for a test: they look for one word."""

import re

from crowd.domain import checks
from crowd.domain.checks.model import Check, each_field, matches


def make_check(
    word: str, *, version: int = 1, severity: str = "warning", say: str = "Look at this."
) -> Check:
    """A check with the rule `word.WORD` that finds every place of a word."""
    run = each_field(matches(re.compile(re.escape(word))), lambda _found: say)
    return Check(f"word.{word}", version, severity, "field", run)


def use_checks(monkeypatch, *present: Check) -> None:
    """From now on these are all the checks there are."""
    monkeypatch.setattr(checks, "CHECKS", present)
