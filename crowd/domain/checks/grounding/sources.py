"""What a response may draw on."""

from crowd.domain.categories import CategoryRule
from crowd.domain.checks.model import Pair, with_passage


def source_of(pair: Pair, category: CategoryRule) -> str:
    """The passage and the instruction as one text; empty where there is no passage to be held against."""
    if not pair.context.strip() or not with_passage(category):
        return ""
    return f"{pair.context}\n{pair.instruction}"
