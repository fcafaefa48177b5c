"""A record as comparison sees it: its text, its question and its passage. Pure."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from crowd.domain.records import Record
from crowd.domain.similarity import single
from crowd.domain.similarity.questions import Question, question
from crowd.domain.similarity.scheme import INSTRUCTION_SEEDS, TEXT_SEEDS, Shingles
from crowd.domain.similarity.signatures import text_key
from crowd.domain.similarity.texts import encode, key
from crowd.domain.similarity.words import folded, typed_words
from crowd.domain.text import canonical, copy_hash


@dataclass(frozen=True, slots=True, eq=False)
class FullText:
    """Instruction and response. Equal keys: the same words in the same order."""

    key: bytes
    shingles: Shingles


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
    return Profile(
        copy=copy_hash(record.instruction, record.context, record.response),
        text=full_text_of(record),
        question=question_of(record.instruction),
        passage=passage_of(record.context),
    )


def bands(record: Record) -> list[int]:
    """Return the hashes to index a record by and to look it up by: signed 64-bit, at most 51, each index its own."""
    shingles = single.text_shingles(_encoded(record))
    question, passage = question_of(record.instruction), passage_of(record.context)
    sets = [(shingles, TEXT_SEEDS)] if len(shingles) else []
    if question is not None:
        sets.append((single.phrase_shingles(question.core), INSTRUCTION_SEEDS))
    hashes = single.bands(sets) if sets else []
    return hashes + ([int.from_bytes(passage[:8], "little", signed=True)] if passage else [])


def full_text_of(record: Record) -> FullText | None:
    """Return what a record's text is compared by, and None where it has no words."""
    encoded = _encoded(record)
    shingles = single.text_shingles(encoded)
    return FullText(key=key(encoded), shingles=np.unique(shingles)) if len(shingles) else None


def same_words_key(record: Record) -> bytes:
    """Return what the full texts of records share if they have the same words in the same order."""
    return key(_encoded(record))


def question_of(instruction: str) -> Question | None:
    """Return what an instruction is compared by, and None where it asks nothing."""
    instruction = folded(instruction)
    typed = typed_words(instruction)
    return question(instruction, typed) if typed else None


def passage_of(context: str) -> bytes | None:
    """Return what records with one passage share, and None where there is none."""
    passage = canonical(context)
    return text_key(passage) if passage else None


def _encoded(record: Record) -> list[bytes]:
    return [encode(record.instruction), encode(record.response)]
