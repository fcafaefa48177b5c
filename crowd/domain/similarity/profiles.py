"""A record as comparison sees it: its text, its question and its passage. Pure."""

from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b

from crowd.domain.records import Record
from crowd.domain.similarity import signatures
from crowd.domain.similarity.signatures import Hashes
from crowd.domain.similarity.words import folded, number_signs, typed_words, words
from crowd.domain.text import canonical, copy_hash

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


@dataclass(frozen=True, slots=True, eq=False)
class FullText:
    """Instruction and response. Equal keys: the same words in the same order."""

    key: bytes
    shingles: Hashes


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """An instruction. Equal keys: the same words in the same order, and the same numbers. `core` lacks small words."""

    key: bytes
    signs: tuple[str, ...]
    core: tuple[str, ...]
    shingles: Hashes


@dataclass(frozen=True, slots=True, eq=False)
class Profile:
    """All that two records are compared by. What a record does not have is None."""

    copy: str
    text: FullText | None
    question: Question | None
    passage: bytes | None


# Room for one record and the few that it is compared with, one after the other.
@lru_cache(maxsize=8)
def profile(record: Record) -> Profile:
    """Work out what a record is compared by."""
    instruction = folded(record.instruction)
    asked = words(instruction)
    said = asked + words(folded(record.response))
    passage = canonical(record.context)
    return Profile(
        copy=copy_hash(record.instruction, record.context, record.response),
        text=_full_text(said) if said else None,
        question=_question(instruction, asked) if asked else None,
        passage=_key(passage) if passage else None,
    )


def bands(record: Record) -> list[int]:
    """Return the hashes to index a record by and to look it up by: signed 64-bit, at most 51, each index its own."""
    known = profile(record)
    hashes: list[int] = []
    if known.text is not None:
        hashes += text_bands(known.text).tolist()
    if known.question is not None:
        hashes += question_bands(known.question).tolist()
    if known.passage is not None:
        hashes.append(int.from_bytes(known.passage[:8], "little", signed=True))
    return hashes


def text_bands(text: FullText) -> signatures.Bands:
    return signatures.band_hashes(text.shingles, "text")


def question_bands(question: Question) -> signatures.Bands:
    return signatures.band_hashes(question.shingles, "instruction")


def _full_text(all_words: list[str]) -> FullText:
    return FullText(key=_key("\n".join(all_words)), shingles=signatures.word_shingles(all_words))


def _question(instruction: str, asked: list[str]) -> Question:
    signs = number_signs(instruction)
    core = _core(typed_words(instruction))
    return Question(
        key=_key("\n".join(asked) + "\n\n" + " ".join(signs)),
        signs=signs,
        core=core,
        shingles=signatures.character_shingles([word.lower() for word in core]),
    )


def _core(typed: list[str]) -> tuple[str, ...]:
    """Leave out courtesies in front and small words; what consists of nothing else stays whole."""
    core = [word for index, word in enumerate(typed) if not _is_small(word, first=index == 0)]
    while courtesy := next((c for c in _COURTESIES if tuple(map(str.lower, core[: len(c)])) == c), None):
        core = core[len(courtesy) :]
    return tuple(core or typed)


def _is_small(word: str, *, first: bool) -> bool:
    return (word.lower() if first else word) in _SMALL_WORDS


def _key(text: str) -> bytes:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
