"""A JSONL file to records, and records to tokens. Bad rows are refused with their line before anything is loaded."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from training import documents, prompts
from training.tokenizer import token_id

FIELDS = ("instruction", "context", "response", "category")
REQUIRED = ("instruction", "response")

# How many bad rows a message names: it is read on a page, too.
NAMED_ROWS = 20

# Enough records at once to keep the tokenizer's threads busy, few enough to keep its by-products small.
ENCODED_AT_ONCE = 256


@dataclass(frozen=True, slots=True)
class Record:
    """One row of the data; `line` counts from 1."""

    line: int
    instruction: str
    response: str
    context: str = ""
    category: str = ""

    @property
    def texts(self) -> tuple[str, str, str]:
        """What a person wrote in it."""
        return self.instruction, self.context, self.response

    @property
    def digest(self) -> bytes:
        """The SHA-256 of its texts: an order of records that does not depend on their file's."""
        return hashlib.sha256("\0".join(self.texts).encode()).digest()


@dataclass(frozen=True, slots=True)
class Data:
    """A data file's records and the SHA-256 of its bytes."""

    records: list[Record]
    sha256: str


@dataclass(frozen=True, slots=True)
class Example:
    """One record as token ids, (tokens,) int32. The loss is on those from `prompt_tokens` on.

    The first `opening_tokens`, fewer than the prompt has, are those that every prompt opens with.
    """

    record: Record
    ids: NDArray[np.int32]
    prompt_tokens: int
    opening_tokens: int = 0

    def __len__(self) -> int:
        """Its tokens."""
        return len(self.ids)

    @property
    def answer_tokens(self) -> int:
        """How many tokens bear loss: the response and the end marker."""
        return len(self.ids) - self.prompt_tokens

    def cut(self, tokens: int) -> "Example":
        """The same, without what lies past so many tokens. Its answer then has no end marker, or is gone."""
        return self if len(self) <= tokens else replace(self, ids=self.ids[:tokens])


class BadRows(ValueError):
    """Rows that cannot be trained on, as (line, reason). The message names the first of them."""

    def __init__(self, rows: Sequence[tuple[int, str]]) -> None:
        self.rows = tuple(rows)
        self._named = [f"line {line}: {reason}" for line, reason in rows]
        hidden = len(rows) - NAMED_ROWS
        more = f"; and {hidden} more, which the log names" if hidden > 0 else ""
        super().__init__(f"{self._count}: {'; '.join(self._named[:NAMED_ROWS])}{more}.")

    @property
    def in_full(self) -> str:
        """Every one of them, a line each."""
        return "\n".join([f"{self._count}:", *self._named])

    @property
    def _count(self) -> str:
        return f"{len(self.rows)} bad row(s) in the data"


def read(path: Path) -> Data:
    """Read every row. Raises BadRows naming all that are bad, or OSError."""
    digest = hashlib.sha256()
    records: list[Record] = []
    bad: list[tuple[int, str]] = []
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            digest.update(line)
            try:
                records.append(parse(line, number=number))
            except ValueError as error:
                bad.append((number, str(error)))
    if bad:
        raise BadRows(bad)
    if not records:
        raise BadRows([(1, "the file holds no records")])
    return Data(records, digest.hexdigest())


def parse(line: bytes, *, number: int) -> Record:
    """One row. Raises ValueError with the reason."""
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ValueError(f"not UTF-8 at byte {error.start + 1}") from error
    row = documents.parse(text)
    if not isinstance(row, dict):
        raise ValueError("not a JSON object")  # noqa: TRY004 (a bad row, like the others)
    if unknown := sorted(set(row) - set(FIELDS)):
        raise ValueError(f"unknown key {unknown[0]!r}")
    for key, value in row.items():
        _check_text(key, value)
    for key in REQUIRED:
        if not row.get(key, "").strip():
            raise ValueError(f"{key} is {'empty' if key in row else 'missing'}")
    return Record(number, **row)


def is_unicode(text: str) -> bool:
    """False for a text with lone surrogates, which JSON can spell and UTF-8 cannot."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _check_text(key: str, value: object) -> None:
    if not isinstance(value, str):
        raise ValueError(f"{key} is not a text")  # noqa: TRY004 (a bad row, like the others)
    if not is_unicode(value):
        raise ValueError(f"{key} holds a lone surrogate")


class Encoder:
    """Turns records into ids. Typed text is encoded with special tokens off; the markers' ids are put in between."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer
        tokenizer.encode_special_tokens = True
        [introduction] = self._encode([prompts.INTRODUCTION_SPAN])
        self._opening = [*introduction, token_id(tokenizer, prompts.INSTRUCTION_MARKER)]
        self._response = token_id(tokenizer, prompts.RESPONSE_MARKER)
        self._end = token_id(tokenizer, prompts.END_MARKER)

    def question(self, instruction: str, *, context: str = "") -> list[int]:
        """The prompt that asks, ready for the model to answer."""
        [span] = self._encode([prompts.question_span(instruction, context=context)])
        return self._question(span)

    def spelled_question(self, instruction: str, *, context: str = "") -> list[int]:
        """The same prompt for a model that was never taught the markers: every one of them is spelled out."""
        [ids] = self._encode([prompts.question_text(instruction, context=context)])
        return ids

    def examples(self, records: Sequence[Record]) -> Iterator[Example]:
        """Every record with its answer."""
        for start in range(0, len(records), ENCODED_AT_ONCE):
            some = records[start : start + ENCODED_AT_ONCE]
            questions = self._encode([prompts.question_span(r.instruction, context=r.context) for r in some])
            answers = self._encode([prompts.answer_span(r.response) for r in some])
            for record, question, answer in zip(some, questions, answers, strict=True):
                prompt = self._question(question)
                ids = np.array([*prompt, *answer, self._end], dtype=np.int32)
                yield Example(record, ids, len(prompt), len(self._opening))

    def _question(self, span: list[int]) -> list[int]:
        return [*self._opening, *span, self._response]

    def _encode(self, texts: Sequence[str]) -> list[list[int]]:
        encodings = self._tokenizer.encode_batch_fast(texts, add_special_tokens=False)
        return [encoding.ids for encoding in encodings]
