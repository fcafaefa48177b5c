"""What `find_duplicates` and `check_records` do with a file of dolly-format records: JSON-able rows out, no database."""

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from typing import Any, BinaryIO

from crowd.domain import similarity
from crowd.domain.categories import DOLLY_RULES, CategoryRule, ContextRule
from crowd.domain.checks import Finding, Pair, check
from crowd.domain.record_blocks import Integers, blocks, blocks_of, read_records
from crowd.domain.records import BadRecord, Record
from crowd.domain.similarity.chunks import Chunk, read
from crowd.domain.similarity.kernels import Kernel

Row = dict[str, Any]


@dataclass
class Reading:
    """A file being read: how many records it gave, and which lines it refused. `say` hears of each at once."""

    stream: BinaryIO
    say: Callable[[str], None]
    records: int = field(default=0, init=False)
    refused: int = field(default=0, init=False)

    def chunks(self, kernel: Kernel) -> Iterator[Chunk]:
        for block in blocks(self.stream):
            chunk = read(block, kernel, self._refuse)
            self.records += len(chunk)
            yield chunk

    def chunks_of(self, lines: Integers, kernel: Kernel) -> Iterator[Chunk]:
        self.stream.seek(0)
        for block in blocks_of(self.stream, lines):
            yield read(block, kernel, self._refuse)

    def __iter__(self) -> Iterator[tuple[int, Record]]:
        for line, record in read_records(self.stream):
            if isinstance(record, BadRecord):
                self._refuse(line, record)
            else:
                self.records += 1
                yield line, record

    def _refuse(self, line: int, reason: BadRecord) -> None:
        self.refused += 1
        self.say(f"line {line}: {reason}")


def duplicates(reading: Reading, *, similar: bool, kernel: Kernel) -> Iterator[Row]:
    """Yield a row for every pair of lines that have something in common."""
    for found in similarity.find(reading, similar=similar, notice=reading.say, kernel=kernel):
        yield {
            "kind": found.kind,
            "on": found.on,
            "a": found.a,
            "b": found.b,
            "score": found.score,
            "why": found.why,
        }


def findings(reading: Reading) -> Iterator[Row]:
    """Yield a row for everything that the checks find, by line."""
    for line, record in reading:
        for finding in _check(record):
            yield {"line": line} | _row(finding)


def _row(finding: Finding) -> Row:
    """A finding with the contract's keys: the check's version is not among them."""
    return {key: value for key, value in asdict(finding).items() if key != "version"}


def _check(record: Record) -> list[Finding]:
    """Check a record by dolly-15k's categories. Of another category nothing is known but that its context may be there."""
    rule = DOLLY_RULES.get(record.category)
    pair = Pair(record.category, record.instruction, record.context, record.response)
    if rule is not None:
        return check(pair, rule)
    return [_unknown_category(record), *check(pair, CategoryRule(record.category, ContextRule.OPTIONAL))]


def _unknown_category(record: Record) -> Finding:
    end, known = len(record.category), ", ".join(DOLLY_RULES)
    if not record.category:
        return Finding("field.missing", "error", "category", 0, end, f"Name a category: one of {known}.")
    return Finding(
        "category.unknown", "error", "category", 0, end, f"Use one of the categories known here: {known}."
    )
