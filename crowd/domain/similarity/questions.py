"""An instruction as comparison sees it, and when two of them ask the same. Pure.

A near-duplicate is the same question: a changed number or name never passes as one, it is `similar`.
"""

from dataclasses import dataclass

from crowd.domain.similarity import signatures
from crowd.domain.similarity.matches import Match
from crowd.domain.similarity.signatures import Hashes, can_reach, shared, text_key
from crowd.domain.similarity.words import number_signs, typed_words

# Words that ask for the same thing when they are left out. Articles only as articles are typed: vitamin A keeps its A.
_SMALL_WORDS = {"a", "an", "the", "please", "kindly"}
_COURTESIES = (
    ("can", "you"),
    ("could", "you"),
    ("would", "you"),
    ("will", "you"),
    ("tell", "me"),
    ("question",),
)
# Share of runs of four characters: from here on two instructions are worth seeing side by side.
SIMILAR_INSTRUCTION = 0.6
# A slip of the keys is one in a word long enough that few words are another word's slip.
_SLIP_LETTERS = 5
# Instructions score 1 when they are the same after case and punctuation, and never otherwise.
_BELOW_SAME = 0.99


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """An instruction. Equal keys: the same words in the same order, and the same numbers. `core` lacks small words."""

    key: bytes
    signs: tuple[str, ...]
    core: tuple[str, ...]
    shingles: Hashes


def question(instruction: str, asked: list[str]) -> Question:
    signs = number_signs(instruction)
    core = _core(typed_words(instruction))
    return Question(
        key=text_key("\n".join(asked) + "\n\n" + " ".join(signs)),
        signs=signs,
        core=core,
        shingles=signatures.character_shingles([word.lower() for word in core]),
    )


def question_bands(question: Question) -> signatures.Bands:
    return signatures.band_hashes(question.shingles, "instruction")


def compare_questions(a: Question, b: Question, similar: bool) -> Match | None:
    """Compare two instructions whose words or numbers differ. `similar` is as for texts."""
    why = _same_but_for(a.core, b.core) if a.signs == b.signs else ""
    if not why and not (similar and can_reach(SIMILAR_INSTRUCTION, len(a.shingles), len(b.shingles))):
        return None
    share = shared(a.shingles, b.shingles)
    score = min(round(share, 4), _BELOW_SAME)
    if why:
        return Match("near", "instruction", score, why)
    if share < SIMILAR_INSTRUCTION:
        return None
    return Match("similar", "instruction", score, f"{share:.0%} of all runs of four letters are in both")


def _core(typed: list[str]) -> tuple[str, ...]:
    """Leave out courtesies in front and small words; what consists of nothing else stays whole."""
    core = [word for index, word in enumerate(typed) if not _is_small(word, first=index == 0)]
    while courtesy := next((c for c in _COURTESIES if tuple(map(str.lower, core[: len(c)])) == c), None):
        core = core[len(courtesy) :]
    return tuple(core or typed)


def _is_small(word: str, *, first: bool) -> bool:
    return (word.lower() if first else word) in _SMALL_WORDS


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
