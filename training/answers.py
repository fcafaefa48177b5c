"""A model answers some of a file's questions: how near it comes to what people wrote, and whether it knows when to stop."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

from training import metrics
from training.data import Record
from training.generate import END, Sampling, TooLong, Tuned


@dataclass(frozen=True, slots=True)
class Answered:
    """One question, what a person answered, and what the model did. `stopped`: why the answer ended."""

    line: int
    category: str
    instruction: str
    context: str
    expected: str
    answer: str
    stopped: str


def report(folder: Path, records: Sequence[Record], *, per_category: int) -> dict[str, Any]:
    """The scores of so many answers of each category, in all and by category, and the answers themselves.

    Answers are the likeliest ones, so that they can be repeated.
    """
    given = list(_answered(Tuned(folder), choose(records, per_category=per_category)))
    parts: dict[str, list[Answered]] = defaultdict(list)
    for one in given:
        parts[one.category].append(one)
    return {
        "answered": len(given),
        "stopped": _stopped(given),
        "categories": {category: scores(category, some) for category, some in sorted(parts.items())},
        "answers": [asdict(one) for one in given],
    }


def choose(records: Sequence[Record], *, per_category: int) -> list[Record]:
    """At most so many of each category, chosen by their texts' hash, in the file's order."""
    parts: dict[str, list[Record]] = defaultdict(list)
    for record in sorted(records, key=lambda record: record.digest):
        if len(parts[record.category]) < per_category:
            parts[record.category].append(record)
    return sorted((record for some in parts.values() for record in some), key=lambda record: record.line)


def scores(category: str, some: Sequence[Answered]) -> dict[str, Any]:
    """What can be told of such answers: all of them stop or do not; few categories have a right answer."""
    found: dict[str, Any] = {"answered": len(some), "stopped": _stopped(some)}
    if category in metrics.CLOSED:
        found["exact_match"] = fmean(metrics.exact_match(one.answer, one.expected) for one in some)
        found["f1"] = fmean(metrics.token_f1(one.answer, one.expected) for one in some)
    if category in metrics.SUMMARIES:
        found["rouge_l"] = fmean(metrics.rouge_l(one.answer, one.expected) for one in some)
    return found


def _stopped(some: Sequence[Answered]) -> float | None:
    """The share of answers that reached the end marker by themselves."""
    return fmean(one.stopped == END for one in some) if some else None


def _answered(model: Tuned, records: Iterable[Record]) -> Iterable[Answered]:
    """What the model answers, leaving out what it has no room for."""
    for record in records:
        try:
            answer = model.answer(record.instruction, context=record.context, sampling=Sampling())
        except TooLong:
            continue
        text = "".join(answer)
        yield Answered(
            record.line,
            record.category,
            record.instruction,
            record.context,
            expected=record.response,
            answer=text,
            stopped=answer.stopped,
        )
