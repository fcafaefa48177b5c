"""Where findings stand in a text: cut it into pieces, each with the findings that cover it. Pure.

Offsets are code points of the text as it is stored. A browser counts UTF-16, so texts are cut here and not there.
"""

import itertools
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from crowd.domain.text import MALFORMED, visible

Span = tuple[int, int]

# Of a run of hidden characters, so many are named.
MOST_NAMED = 4

# An excerpt has so many characters before and after a place, and of the place itself.
AROUND, WITHIN = 24, 60


class Piece(NamedTuple):
    """A part of a text. `covered_by` and `ends` are places in the list of spans: those over it, those that end here."""

    text: str
    covered_by: tuple[int, ...]
    ends: tuple[int, ...]


def is_place(start: int | None, end: int | None, text: str) -> bool:
    """Whether this is a part of the text: not nothing, and not all of it, which is told without a mark."""
    return (
        start is not None
        and end is not None
        and start < min(end, len(text))
        and (start > 0 or end < len(text))
    )


def pieces(text: str, spans: Sequence[Span]) -> list[Piece]:
    """Cut a text at every start and end of the spans, each [start, end) and part of it. Joined, they are the text."""
    within = [(start, min(end, len(text))) for start, end in spans]
    cuts = sorted({0, len(text), *(offset for span in within for offset in span)})
    return [
        Piece(
            text[start:end],
            tuple(number for number, span in enumerate(within) if span[0] <= start and end <= span[1]),
            tuple(number for number, span in enumerate(within) if span[1] == end),
        )
        for start, end in itertools.pairwise(cuts)
    ]


def excerpt(text: str, start: int, end: int) -> tuple[str, str, str]:
    """What stands before a place, in it and after it, the far ends replaced by an ellipsis."""
    end = min(end, len(text))
    before, within, after = text[max(0, start - AROUND) : start], text[start:end], text[end : end + AROUND]
    return (
        ("…" if start > AROUND else "") + before,
        within if len(within) <= WITHIN else within[:WITHIN] + "…",
        after + ("…" if len(text) > end + AROUND else ""),
    )


def shown(piece: str) -> str:
    """The piece as it can be seen: characters that leave no mark of their own are named, such as U+200B."""
    if piece.isspace() or visible(MALFORMED.sub("", piece)):
        return piece
    names = _names(piece)
    return " ".join(names[:MOST_NAMED]) + (" …" if len(names) > MOST_NAMED else "")


def _names(characters: Iterable[str]) -> list[str]:
    return [f"U+{ord(character):04X}" for character in characters]
