"""What two records are to each other, and why: the exact comparison that follows a proposal. Pure.

A near-duplicate's question is the same question: a changed number or name never passes as one, it is `similar`.
"""

from dataclasses import dataclass
from typing import Literal

from crowd.domain.records import Record
from crowd.domain.similarity.profiles import FullText, Profile, Question, profile
from crowd.domain.similarity.signatures import shared

Kind = Literal["exact", "near", "similar"]
Aspect = Literal["text", "instruction", "passage"]

# Share of runs of three words (Jaccard). dolly-15k has 46 pairs at .7, nearly all one person's text twice, and 559 at .5,
# where templates begin ("Classify each of the following as …").
NEAR_TEXT, SIMILAR_TEXT = 0.7, 0.5
# Share of runs of four characters: from here on two instructions are worth seeing side by side.
SIMILAR_INSTRUCTION = 0.6
# A slip of the keys is one in a word long enough that few words are another word's slip.
_SLIP_LETTERS = 5
# Instructions score 1 when they are the same after case and punctuation, and never otherwise.
_BELOW_SAME = 0.99


@dataclass(frozen=True)
class Match:
    """One thing that two records have in common. The score is 1 where only case and punctuation differ, if that."""

    kind: Kind
    on: Aspect
    score: float
    why: str


SAME_COPY = Match("exact", "text", 1.0, "the same instruction, context and response")
SAME_TEXT = Match("near", "text", 1.0, "the same instruction and response after case and punctuation")
SAME_QUESTION = Match("near", "instruction", 1.0, "the same instruction after case and punctuation")
SAME_PASSAGE = Match("similar", "passage", 1.0, "the same passage")


def verify(a: Record, b: Record) -> list[Match]:
    """Compare two records exactly: at most one match on the text, one on the instruction, one on the passage."""
    one, other = profile(a), profile(b)
    matches = [_texts(one, other), _questions(one, other), _passages(one, other)]
    return [match for match in matches if match is not None]


def compare_texts(a: FullText, b: FullText, similar: bool) -> Match | None:
    """Compare two full texts whose words differ. Without `similar`, a pair that is no more than that has no match."""
    least = SIMILAR_TEXT if similar else NEAR_TEXT
    if not _can_reach(least, len(a.shingles), len(b.shingles)):
        return None
    share = shared(a.shingles, b.shingles)
    if share < least:
        return None
    kind: Kind = "near" if share >= NEAR_TEXT else "similar"
    return Match(kind, "text", round(share, 4), f"{share:.0%} of all runs of three words are in both")


def compare_questions(a: Question, b: Question, similar: bool) -> Match | None:
    """Compare two instructions whose words or numbers differ. `similar` is as for texts."""
    why = _same_but_for(a.core, b.core) if a.signs == b.signs else ""
    if not why and not (similar and _can_reach(SIMILAR_INSTRUCTION, len(a.shingles), len(b.shingles))):
        return None
    share = shared(a.shingles, b.shingles)
    score = min(round(share, 4), _BELOW_SAME)
    if why:
        return Match("near", "instruction", score, why)
    if share < SIMILAR_INSTRUCTION:
        return None
    return Match("similar", "instruction", score, f"{share:.0%} of all runs of four letters are in both")


def _texts(a: Profile, b: Profile) -> Match | None:
    if a.copy == b.copy:
        return SAME_COPY
    if a.text is None or b.text is None:
        return None
    if a.text.key == b.text.key:
        return SAME_TEXT
    return compare_texts(a.text, b.text, similar=True)


def _questions(a: Profile, b: Profile) -> Match | None:
    if a.question is None or b.question is None:
        return None
    if a.question.key == b.question.key:
        return SAME_QUESTION
    return compare_questions(a.question, b.question, similar=True)


def _passages(a: Profile, b: Profile) -> Match | None:
    return SAME_PASSAGE if a.passage is not None and a.passage == b.passage else None


def _can_reach(share: float, a: int, b: int) -> bool:
    """Say whether sets of these sizes can share so much, without looking at them."""
    return min(a, b) >= share * max(a, b)


def _same_but_for(a: tuple[str, ...], b: tuple[str, ...]) -> str:
    """Say why two instructions ask the same, if they do: small words or one slip of the keys make the difference.

    Case counts behind the first word: "What is Python?" and "What is a python?" (both in dolly-15k) differ.
    """
    if len(a) != len(b) or a[0].lower() != b[0].lower():
        return ""
    differing = [(x, y) for x, y in zip(a[1:], b[1:], strict=True) if x != y]
    if not differing:
        return "the same instruction but for small words"
    if len(differing) == 1 and _is_slip(*differing[0]):
        return f"the same instruction but for a slip of the keys ({differing[0][0]}, {differing[0][1]})"
    return ""


def _is_slip(a: str, b: str) -> bool:
    """Say whether two neighbouring letters inside a word changed places. Names, in capitals, are left out."""
    if (
        len(a) != len(b)
        or len(a) < _SLIP_LETTERS
        or a[0] != b[0]
        or not (a + b).isalpha()
        or not (a + b).islower()
    ):
        return False
    at = [index for index, (x, y) in enumerate(zip(a, b, strict=True)) if x != y]
    return len(at) == 2 and at[1] == at[0] + 1 and a[at[0]] == b[at[1]] and a[at[1]] == b[at[0]]
