"""How long texts may be, and how short ones are worth a look."""

from collections.abc import Iterator

from crowd.domain import text
from crowd.domain.categories import CategoryRule
from crowd.domain.checks.model import TEXT_FIELDS, Check, Pair, Place, whole

# Shorter than this is worth a look, not wrong: "What is C?" has 10 characters, and 60 of dolly-15k's responses
# ("50", "Yes") have three or fewer.
SHORT = {"instruction": 10, "response": 4}


def _too_long(pair: Pair, category: CategoryRule) -> Iterator[Place]:
    for field in TEXT_FIELDS:
        limit, length = text.LIMITS[field], len(text.normalize_newlines(pair.text_of(field)))
        if length > limit:
            message = f"Shorten this: it has {length:,} characters, and {limit:,} is the limit."
            yield Place(field, limit, len(pair.text_of(field)), message)


def _short(pair: Pair, category: CategoryRule) -> Iterator[Place]:
    for field in ("instruction", "response"):
        if 0 < len(text.visible(pair.text_of(field))) < SHORT[field]:
            yield whole(pair, field, "This is very short: make sure that it says all that is needed.")


CHECKS = (
    Check("length.long", 1, "error", "field", _too_long, at_door=True),
    Check("length.short", 1, "info", "field", _short, at_door=True),
)
