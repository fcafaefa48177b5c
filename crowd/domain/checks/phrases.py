"""Find phrases of a table in a text, at little cost in the texts that hold none."""

import re
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache

from crowd.domain.checks.model import Span


def finder(table: Iterable[tuple[str, str]]) -> Callable[[str], Iterator[Span]]:
    """Return a search for the table's phrases, none inside another, in the order of the text.

    A row is words that the phrase cannot be without and the phrase as a pattern, both in lower case and with straight
    quotes. Only where a text has the words is it searched for the phrase.
    """
    patterns = [(words, re.compile(pattern, re.MULTILINE)) for words, pattern in table]

    def find(value: str) -> Iterator[Span]:
        lowered = lower(value)
        yield from outermost(
            match.span()
            for words, pattern in patterns
            if words in lowered
            for match in pattern.finditer(lowered)
        )

    return find


def outermost(spans: Iterable[Span]) -> Iterator[Span]:
    """Yield spans in the order of the text, none inside another."""
    reached = 0
    for start, end in sorted(set(spans), key=lambda span: (span[0], -span[1])):
        if end > reached:
            yield start, end
            reached = end


@lru_cache(maxsize=8)
def lower(value: str) -> str:
    """Lower-case a text, with straight apostrophes and of the same length: İ alone would become two characters.

    Several checks ask for the same three texts in turn.
    """
    if value.isascii():
        return value.lower()
    return value.replace("\u0130", "I").replace("’", "'").replace("‘", "'").lower()
