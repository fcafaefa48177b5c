"""What two records are to each other, and why: the exact comparison that follows a proposal. Pure."""

from collections.abc import Callable
from functools import lru_cache

from crowd.domain.records import Record
from crowd.domain.similarity.matches import SAME_COPY, SAME_PASSAGE, SAME_QUESTION, SAME_TEXT, Kind, Match
from crowd.domain.similarity.profiles import FullText, Profile, profile
from crowd.domain.similarity.questions import compare_questions
from crowd.domain.similarity.signatures import can_reach, shared

# Share of runs of three words (Jaccard). dolly-15k has 46 pairs at .7, nearly all one person's text twice, and 559 at .5,
# where templates begin ("Classify each of the following as …").
NEAR_TEXT, SIMILAR_TEXT = 0.7, 0.5


def verify(a: Record, b: Record) -> list[Match]:
    """Compare two records exactly: at most one match on the text, one on the instruction, one on the passage."""
    return _matches(profile(a), profile(b))


def verifier(*, room: int) -> Callable[[Record, Record], list[Match]]:
    """Return a `verify` that remembers so many records, for many comparisons among some of them; half the time then."""
    remembered = lru_cache(maxsize=room)(profile)
    return lambda a, b: _matches(remembered(a), remembered(b))


def _matches(one: Profile, other: Profile) -> list[Match]:
    matches = [_texts(one, other), _questions(one, other), _passages(one, other)]
    return [match for match in matches if match is not None]


def text_match(share: float) -> Match:
    """Return the match of two full texts whose words differ and that share so many of their shingles."""
    kind: Kind = "near" if share >= NEAR_TEXT else "similar"
    return Match(kind, "text", round(share, 4), f"{share:.0%} of all runs of three words are in both")


def _texts(a: Profile, b: Profile) -> Match | None:
    if a.copy == b.copy:
        return SAME_COPY
    if a.text is None or b.text is None:
        return None
    if a.text.key == b.text.key:
        return SAME_TEXT
    return _compare_texts(a.text, b.text)


def _compare_texts(a: FullText, b: FullText) -> Match | None:
    if not can_reach(SIMILAR_TEXT, len(a.shingles), len(b.shingles)):
        return None
    share = shared(a.shingles, b.shingles)
    return text_match(share) if share >= SIMILAR_TEXT else None


def _questions(a: Profile, b: Profile) -> Match | None:
    if a.question is None or b.question is None:
        return None
    if a.question.key == b.question.key:
        return SAME_QUESTION
    return compare_questions(a.question, b.question, similar=True)


def _passages(a: Profile, b: Profile) -> Match | None:
    return SAME_PASSAGE if a.passage is not None and a.passage == b.passage else None
