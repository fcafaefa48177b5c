"""The formats in which trainers want a release's records: each a function from a record to its row. Pure.

`docs/data-format.md` shows a line of each. The names of those that an import reads too are the import's.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from crowd.domain.records import Record
from training import prompts

Row = dict[str, Any]

JSON_LINES, PARQUET = "jsonl", "parquet"


@dataclass(frozen=True, slots=True)
class Format:
    """One format, and the kind of file it stands in."""

    suffix: str
    row: Callable[[Record], Row]


def dolly(record: Record) -> Row:
    """databricks-dolly-15k's four columns."""
    return record._asdict()


def messages(record: Record) -> Row:
    """A chat of one question and one answer. The context follows the instruction after an empty line."""
    asked = f"{record.instruction}\n\n{record.context}" if record.context else record.instruction
    return {
        "messages": [{"role": "user", "content": asked}, {"role": "assistant", "content": record.response}]
    }


def prompt_completion(record: Record) -> Row:
    """Dolly's training prompt up to the answer, and the rest: together what `training` learns from."""
    prompt = prompts.question_text(record.instruction, context=record.context)
    return {"prompt": prompt, "completion": prompts.answer_span(record.response) + prompts.END_MARKER}


def alpaca(record: Record) -> Row:
    """Stanford Alpaca's three columns; `input` is the context."""
    return {"instruction": record.instruction, "input": record.context, "output": record.response}


FORMATS: dict[str, Format] = {
    "parquet": Format(PARQUET, dolly),
    "messages": Format(JSON_LINES, messages),
    "prompt-completion": Format(JSON_LINES, prompt_completion),
    "alpaca": Format(JSON_LINES, alpaca),
}


def json_line(row: Row) -> bytes:
    """A row as a line of JSON Lines, spelled as data/train.jsonl is."""
    return json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
