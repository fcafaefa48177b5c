"""Find the exact copies and the near-duplicates in a file."""

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from crowd.domain.similarity import kernels
from crowd.domain.text import plural
from crowd.management import rows
from crowd.management.base import FlockCommand
from crowd.services import record_files


class Command(FlockCommand):
    help = (
        "Find the records of a dolly-format JSONL file that copy or resemble one another. A JSON line for each pair: "
        '{"kind": "exact"|"near"|"similar", "on": "text"|"instruction"|"passage", "a", "b" (line numbers), "score", "why"}.'
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        rows.add_arguments(parser)
        parser.add_argument(
            "--similar", action="store_true", help="also what is merely similar, or about one passage"
        )

    def handle(self, *, file: Path, to: Path | None, similar: bool, **_options: Any) -> None:
        rows.refuse_wrong_usage(file, to)
        kinds: Counter[str] = Counter()
        kernel = kernels.fastest()
        self.say(f"Comparing with {kernel.NAME}.")
        with file.open("rb", buffering=1 << 18) as stream:
            reading = record_files.Reading(stream, self.say)
            found = record_files.duplicates(reading, similar=similar, kernel=kernel)
            rows.write(_counted(found, kinds), to=to, stdout=self.stdout)
        self.say(
            f"{reading.records:,} {plural(reading.records, 'record')} read; pairs found: {kinds['exact']:,} exact, {kinds['near']:,} near"
            + (f", {kinds['similar']:,} similar." if similar else ".")
        )
        rows.refuse_bad_lines(file, records=reading.records, refused=reading.refused)


def _counted(found: Iterable[record_files.Row], kinds: Counter[str]) -> Iterator[record_files.Row]:
    for row in found:
        kinds[row["kind"]] += 1
        yield row
