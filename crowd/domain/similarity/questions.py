"""An instruction as comparison sees it, and when two of them ask the same. Pure.

Near-duplicates are put in other words and ask the same: `phrasing` says what those words may be. A changed number, name
or topic, a word more or less, never passes as one; such a pair is `similar`, if it looks alike.
"""

import re
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple
from zlib import crc32

from crowd.domain.similarity.matches import Match
from crowd.domain.similarity.phrasing import plain_words
from crowd.domain.similarity.signatures import can_reach, text_key
from crowd.domain.similarity.spelling import is_slip
from crowd.domain.similarity.words import number_signs, words

# Share of runs of four characters (Jaccard): from here on two instructions are worth seeing side by side.
SIMILAR_INSTRUCTION = 0.6
# Instructions score 1 when they are the same after case and punctuation, and never otherwise.
_BELOW_SAME = 0.99
# Shorter than this, parts exchanged are words exchanged.
_LEAST_WORDS_IN_PARTS = 3
# The runs of longer ones are not kept: they would fill the memory.
_CACHED_CORE = 1_000
# A sentence why names no more words than this.
_WORDS_NAMED = 6

_THING = re.compile(r"\ban? ([a-z]\w+)")
_NAME = re.compile(r"(?<=\w )(?<!\ba )(?<!\ban )[A-Z]\w*")


class Question(NamedTuple):
    """An instruction. Equal keys: the same words in the same order, and the same numbers.

    `typed` are its words as typed and `core` the plain words that carry the question, each joined by spaces. `bag` is the
    same for the same words in any order; other words may have it by chance.
    """

    key: bytes
    signs: tuple[str, ...]
    typed: str
    core: str
    bag: int


def question(instruction: str, typed: list[str]) -> Question:
    """Return a folded instruction as comparison sees it; `typed` are its words, of which there is one at least."""
    signs = number_signs(instruction)
    # Past ASCII lower case can make other words.
    lower = "\n".join(typed).lower() if instruction.isascii() else "\n".join(words(instruction))
    whole, core = plain_words(typed)
    return Question(
        key=text_key(lower + "\n\n" + " ".join(signs)),
        signs=signs,
        typed=" ".join(typed),
        core=" ".join(core),
        bag=crc32("\n".join(sorted(whole)).encode("utf-8", "surrogatepass")),
    )


def spelling_key(question: Question) -> int:
    """Return 64 bits that instructions share whose words are typed alike: all that comparison reads beyond their key.

    A capital can tell a name from a thing, so instructions with one key may compare differently with a third one.
    """
    return int.from_bytes(text_key(f"{question.typed}\n\n{' '.join(question.signs)}")[:8], "little")


def near_keys(question: Question) -> tuple[int, int, int, int]:
    """Return four numbers of 32 bits, of which two instructions that ask the same share one at its place.

    They have the same plain words, or the same words in another order, or one word of as many has a slip: then all in
    front of the middle is the same, or all behind it.
    """
    words = question.core.split(" ")
    middle = len(words) // 2
    return (
        crc32(question.core.encode("utf-8", "surrogatepass")),
        question.bag,
        _crc(len(words), words[:middle]),
        _crc(len(words), words[middle:]),
    )


def _crc(size: int, words: list[str]) -> int:
    return crc32(" ".join(words).encode("utf-8", "surrogatepass"), size)


def compare_questions(a: Question, b: Question, similar: bool) -> Match | None:
    """Compare two instructions whose words or numbers differ. Without `similar`, a pair that is no more has no match."""
    near = a.signs == b.signs and _ask_the_same(a, b)
    if not near and not (similar and can_reach(SIMILAR_INSTRUCTION, len(a.core), len(b.core))):
        return None
    share = _shared(a.core, b.core)
    score = min(round(share, 4), _BELOW_SAME)
    if near:
        return Match("near", "instruction", score, _why_near(a, b))
    return (
        Match("similar", "instruction", score, _why_similar(a, b, share))
        if share >= SIMILAR_INSTRUCTION
        else None
    )


def _shared(a: str, b: str) -> float:
    one, other = (_runs(core) if len(core) <= _CACHED_CORE else _runs.__wrapped__(core) for core in (a, b))
    both = len(one & other)
    return both / (len(one) + len(other) - both)


@lru_cache(maxsize=1_024)
def _runs(core: str) -> frozenset[str]:
    """Return all runs of four characters; of a shorter text, the text."""
    return frozenset(core[at : at + 4] for at in range(max(1, len(core) - 3)))


def _ask_the_same(a: Question, b: Question) -> bool:
    if a.core == b.core:
        return not _is_name_in_one(a.typed, b.typed)
    return _differ_by_a_slip(a, b) or (a.bag == b.bag and _parts_exchanged(a.typed, b.typed))


def _differ_by_a_slip(a: Question, b: Question) -> bool:
    """Say whether a slip of the keys in one word is all that tells two instructions apart."""
    if abs(len(a.core) - len(b.core)) > 1:
        return False
    one, other = a.core.split(" "), b.core.split(" ")
    differing = [pair for pair in zip(one, other, strict=False) if pair[0] != pair[1]]
    return len(one) == len(other) and len(differing) == 1 and is_slip(*differing[0])


def _is_name_in_one(a: str, b: str) -> bool:
    """Say whether a thing in one is a name in the other: a python and Python (both in dolly-15k)."""
    return bool((_things(a) - _things(b)) & _names(b) or (_things(b) - _things(a)) & _names(a))


def _things(typed: str) -> set[str]:
    return set(_THING.findall(typed))


def _names(typed: str) -> set[str]:
    return {name.lower() for name in _NAME.findall(typed)}


def _parts_exchanged(a: str, b: str) -> bool:
    """Say whether the second part of one instruction stands in front of its first in the other, numbers in their order."""
    one, other = (plain_words(typed.split(" "))[0] for typed in (a, b))
    if len(one) < _LEAST_WORDS_IN_PARTS or _numbers(one) != _numbers(other):
        return False
    # As one search in a string, which takes linear time.
    return len(one) == len(other) and f" {' '.join(other)} " in f" {' '.join(one + one)} "


def _numbers(words: list[str]) -> list[str]:
    return [word for word in words if word.isdigit()]


def _why_near(a: Question, b: Question) -> str:
    differing = _differing(a, b)
    if differing:
        return f"the same instruction but for {differing}"
    return "the same instruction, its parts in another order"


def _why_similar(a: Question, b: Question, share: float) -> str:
    differing = _differing(a, b)
    why = f"{share:.0%} of all runs of four letters are in both"
    return f"{why}; they differ in {differing}" if differing else f"{why}, in another order"


def _differing(a: Question, b: Question) -> str:
    """Name the words that one of the two has and the other has not, in lower case; where there are none, the signs."""
    words = _in_one(a.typed.lower().split(" "), b.typed.lower().split(" ")) or _in_one(a.signs, b.signs)
    named = ", ".join(f"\u201c{word}\u201d" for word in words[:_WORDS_NAMED])
    return named + (f" and {len(words) - _WORDS_NAMED} more" if len(words) > _WORDS_NAMED else "")


def _in_one(a: Sequence[str], b: Sequence[str]) -> list[str]:
    one, other = Counter(a), Counter(b)
    return sorted({*(one - other), *(other - one)})
