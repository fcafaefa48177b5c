"""What comparison reports: a match, its kinds, and the matches of equals. Pure."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["exact", "near", "similar"]
Aspect = Literal["text", "instruction", "passage"]


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
