"""What a recogniser answers, and how its hits become places with a message."""

import re
from collections.abc import Callable, Iterator
from itertools import islice
from typing import NamedTuple

from crowd.domain.categories import CategoryRule
from crowd.domain.checks.model import MAX_PER_FIELD, TEXT_FIELDS, Pair, Place, Run
from crowd.domain.checks.personal.reading import read


class Hit(NamedTuple):
    """A stretch of the text that was read. `kind` names it in the message; weak ones are worth a look, no more."""

    start: int
    end: int
    kind: str
    weak: bool = False


Recogniser = Callable[[str], Iterator[Hit]]


def each_text(recognise: Recogniser, advice: str) -> Run:
    """Make a check of a recogniser. The message names the kind, shows the ends of what was found, and gives advice."""

    def run(pair: Pair, category: CategoryRule) -> Iterator[Place]:
        for field in TEXT_FIELDS:
            reading = read(pair.text_of(field))
            for hit in islice(recognise(reading.text), MAX_PER_FIELD):
                found = masked(reading.text[hit.start : hit.end])
                start, end = reading.original(hit.start, hit.end)
                message = f"This looks like {hit.kind}: {found}. {advice}"
                yield Place(field, start, end, message, "info" if hit.weak else None)

    return run


def masked(found: str) -> str:
    """Show the ends alone, a quarter of it at most: a message goes further than the text that it is about."""
    shown = min(2, len(found) // 8)
    return f"{found[:shown]}…{found[len(found) - shown :]}".replace("\n", " ")


def near(cue: re.Pattern[str], text: str, start: int, *, within: int) -> bool:
    """Whether a cue stands in the same line at most `within` characters before a place."""
    before = text[max(0, start - within) : start]
    return cue.search(before[before.rfind("\n") + 1 :]) is not None
