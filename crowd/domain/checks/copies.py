"""Responses that only repeat what they were given."""

from collections.abc import Iterator

from crowd.domain import text
from crowd.domain.categories import CategoryRule
from crowd.domain.checks.model import Check, Pair, Place, whole


def _copies_instruction(pair: Pair, category: CategoryRule) -> Iterator[Place]:
    if _same(pair.response, pair.instruction):
        yield whole(pair, "response", "The response repeats the instruction: answer it instead.")


def _copies_context(pair: Pair, category: CategoryRule) -> Iterator[Place]:
    if _same(pair.response, pair.context):
        yield whole(
            pair,
            "response",
            "The response is the whole passage: answer in own words, or quote only what is asked.",
        )


def _same(one: str, other: str) -> bool:
    canonical = text.canonical(one)
    return text.visible(canonical) != "" and canonical == text.canonical(other)


CHECKS = (
    Check("copy.instruction", 1, "warning", "pair", _copies_instruction, at_door=True),
    Check("copy.context", 1, "warning", "pair", _copies_context, at_door=True),
)
