"""The checks that a pair goes through. Exact copies need the database: they are not here."""

from crowd.domain.checks.model import MAX_PER_FIELD, TEXT_FIELDS, Check, Finding, Pair, Place
from crowd.domain.checks.registry import CHECKS, DOOR
from crowd.domain.checks.running import FAILED, check, errors_in

__all__ = [
    "CHECKS",
    "DOOR",
    "FAILED",
    "MAX_PER_FIELD",
    "TEXT_FIELDS",
    "Check",
    "Finding",
    "Pair",
    "Place",
    "check",
    "errors_in",
]
