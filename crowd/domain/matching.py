"""Which parts of two texts are the same: runs of words that stand in both, in the same order. Pure."""

import re
from difflib import SequenceMatcher

Span = tuple[int, int]

_WORD = re.compile(r"\w+")

# A word alone is in nearly any two texts ("the"); two in a row begin to tell something.
LEAST_WORDS = 2
# Words of each text that are compared: the time grows with their square, and a reader does not get further either.
MOST_WORDS = 500


def matching_parts(a: str, b: str) -> tuple[list[Span], list[Span]]:
    """Return where the same runs of words stand in each text, as [start, end) in their order. Case does not count."""
    mine, theirs = _words(a), _words(b)
    blocks = SequenceMatcher(
        None, [_folded(a, span) for span in mine], [_folded(b, span) for span in theirs], autojunk=False
    ).get_matching_blocks()
    runs = [block for block in blocks if block.size >= LEAST_WORDS]
    return (
        [(mine[run.a][0], mine[run.a + run.size - 1][1]) for run in runs],
        [(theirs[run.b][0], theirs[run.b + run.size - 1][1]) for run in runs],
    )


def _words(text: str) -> list[Span]:
    """The places of a text's first words."""
    return [match.span() for match, _number in zip(_WORD.finditer(text), range(MOST_WORDS), strict=False)]


def _folded(text: str, span: Span) -> str:
    return text[span[0] : span[1]].casefold()
