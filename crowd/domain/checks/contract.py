"""What a category asks of a pair: which texts must be there, and which must not."""

from collections.abc import Iterator

from crowd.domain import text
from crowd.domain.categories import CategoryRule, ContextRule
from crowd.domain.checks.model import Check, Pair, Place, whole


def _missing(pair: Pair, category: CategoryRule) -> Iterator[Place]:
    if not text.visible(pair.instruction):
        yield whole(pair, "instruction", "Write the instruction: what should be done or answered.")
    if category.context is ContextRule.REQUIRED and not text.visible(pair.context):
        yield whole(
            pair,
            "context",
            "This category works on a passage: choose one, or paste it with its page address.",
        )
    if not text.visible(pair.response):
        yield whole(pair, "response", "Write the response.")


def _forbidden(pair: Pair, category: CategoryRule) -> Iterator[Place]:
    if category.context is ContextRule.FORBIDDEN and text.canonical(pair.context):
        message = (
            "This category has no passage: say what is needed in the instruction, or choose another category."
        )
        yield whole(pair, "context", message)


CHECKS = (
    Check("field.missing", 1, "error", "pair", _missing, at_door=True),
    Check("field.forbidden", 1, "error", "pair", _forbidden, at_door=True),
)
