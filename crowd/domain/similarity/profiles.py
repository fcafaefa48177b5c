"""A record as comparison sees it: its text, its question and its passage. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from crowd.domain.records import Record
from crowd.domain.similarity import reference
from crowd.domain.similarity.kernels import Kernel
from crowd.domain.similarity.questions import Question, question
from crowd.domain.similarity.scheme import Shingles
from crowd.domain.similarity.signatures import text_key
from crowd.domain.similarity.texts import encode, gather, gather_phrases, key
from crowd.domain.similarity.words import folded, words
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
        question=question_of(record),
        passage=passage_of(record),
    )


def bands(record: Record) -> list[int]:
    """Return the hashes to index a record by and to look it up by: signed 64-bit, at most 51, each index its own."""
    return bands_of_many([record])[0]


def bands_of_many(records: Sequence[Record], kernel: Kernel = reference) -> list[list[int]]:
    """Return the bands of each record, as `bands` does one by one."""
    texts = gather(records)
    signed = kernel.sign(texts)
    questions = [question_of(record) for record in records]
    asked = kernel.phrase_bands(gather_phrases([question.core if question else "" for question in questions]))
    hashes = []
    for row, record in enumerate(records):
        passage = passage_of(record)
        hashes.append(
            (signed.bands[row].tolist() if signed.keys[row] else [])
            + (asked[row].tolist() if questions[row] else [])
            + ([int.from_bytes(passage[:8], "little", signed=True)] if passage else [])
        )
    return hashes


def full_text_of(record: Record) -> FullText | None:
    """Return what a record's text is compared by, and None where it has no words."""
    shingles = reference.text_sets(gather([record])).values
    if not len(shingles):
        return None
    return FullText(key=same_words_key(record), shingles=shingles)


def same_words_key(record: Record) -> bytes:
    """Return what the full texts of records share if they have the same words in the same order."""
    return key([encode(record.instruction), encode(record.response)])


def question_of(record: Record) -> Question | None:
    """Return what a record's instruction is compared by, and None where it asks nothing."""
    instruction = folded(record.instruction)
    asked = words(instruction)
    return question(instruction, asked) if asked else None


def passage_of(record: Record) -> bytes | None:
    """Return what records with one passage share, and None where there is none."""
    passage = canonical(record.context)
    return text_key(passage) if passage else None
