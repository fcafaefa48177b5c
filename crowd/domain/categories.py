"""The contract of a task category: whether a pair of it needs, may have or must not have a passage. Pure."""

from dataclasses import dataclass
from enum import StrEnum


class ContextRule(StrEnum):
    """What a category says about the context (the passage's text)."""

    REQUIRED = "required"
    OPTIONAL = "optional"
    FORBIDDEN = "forbidden"


@dataclass(frozen=True)
class CategoryRule:
    """A category as the checks see it."""

    key: str
    context: ContextRule


# The contract of dolly-15k's own keys, for files that are checked without a database. `general_qa` is dolly's
# undocumented eighth: its passage is optional here, since 2,191 real records hold none.
DOLLY_RULES = {
    key: CategoryRule(key, context)
    for key, context in {
        "open_qa": ContextRule.FORBIDDEN,
        "closed_qa": ContextRule.REQUIRED,
        "information_extraction": ContextRule.REQUIRED,
        "summarization": ContextRule.REQUIRED,
        "brainstorming": ContextRule.FORBIDDEN,
        "classification": ContextRule.FORBIDDEN,
        "creative_writing": ContextRule.FORBIDDEN,
        "general_qa": ContextRule.OPTIONAL,
    }.items()
}
