"""A record as comparison sees it: its text, its question and its passage. Pure."""

from dataclasses import dataclass
from functools import lru_cache

from crowd.domain.records import Record
from crowd.domain.similarity import signatures
from crowd.domain.similarity.questions import Question, question
from crowd.domain.similarity.signatures import Hashes, text_key
from crowd.domain.similarity.words import folded, words
from crowd.domain.text import canonical, copy_hash


@dataclass(frozen=True, slots=True, eq=False)
class FullText:
    """Instruction and response. Equal keys: the same words in the same order."""

    key: bytes
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
        question=question(instruction, asked) if asked else None,
        passage=text_key(passage) if passage else None,
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
    return signatures.band_hashes(signatures.character_shingles(question.core.split(" ")), "instruction")


def _full_text(all_words: list[str]) -> FullText:
    return FullText(key=text_key("\n".join(all_words)), shingles=signatures.word_shingles(all_words))
