"""Responses that repeat what they were given, whole or as a part of themselves."""

from collections.abc import Iterator

from crowd.domain import text
from crowd.domain.categories import CategoryRule
from crowd.domain.checks.model import Check, Pair, Place, Span, whole

# Shorter texts are found in an answer by right: "Name a colour" may well stand in one.
_MIN_CONTAINED = 40


def _copies_instruction(pair: Pair, category: CategoryRule) -> Iterator[Place]:
    if _same(pair.response, pair.instruction):
        yield whole(pair, "response", "The response repeats the instruction: answer it instead.")
    elif span := _contained(pair.instruction, pair.response):
        yield Place("response", *span, "The instruction stands here again: leave it out of the response.")


def _copies_context(pair: Pair, category: CategoryRule) -> Iterator[Place]:
    if _same(pair.response, pair.context):
        yield whole(
            pair,
            "response",
            "The response is the whole passage: answer in own words, or quote only what is asked.",
        )
    elif span := _contained(pair.context, pair.response):
        yield Place("response", *span, "The whole passage stands here again: quote only what is asked.")


def _same(one: str, other: str) -> bool:
    one, other = one.strip(), other.strip()
    if _begin_otherwise(one, other):
        return False
    canonical = text.canonical(one)
    return text.visible(canonical) != "" and canonical == text.canonical(other)


def _begin_otherwise(one: str, other: str) -> bool:
    """Whether the first letters already tell the texts apart: in ASCII there is one form, which an accent may alter."""
    return one[:2].isascii() and other[:2].isascii() and one[:1] != other[:1]


def _contained(part: str, of: str) -> Span | None:
    """Where a text stands within another, letter for letter but for its outer white space."""
    part = part.strip()
    if len(part) < _MIN_CONTAINED or (start := of.find(part)) < 0:
        return None
    return start, start + len(part)


CHECKS = (
    Check("copy.instruction", 2, "warning", "pair", _copies_instruction, at_door=True),
    Check("copy.context", 2, "warning", "pair", _copies_context, at_door=True),
)
