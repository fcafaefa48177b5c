"""Check every record of a file."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from crowd.domain.text import plural
from crowd.management import rows
from crowd.management.base import FlockCommand
from crowd.services import record_files


class Command(FlockCommand):
    help = (
        "Check the records of a dolly-format JSONL file as a submission is checked. A JSON line for each finding: "
        '{"line", "rule", "severity": "error"|"warning"|"info", "field", "start", "end", "message"}.'
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        rows.add_arguments(parser)

    def handle(self, *, file: Path, to: Path | None, **_options: Any) -> None:
        rows.refuse_wrong_usage(file, to)
        with file.open("rb") as stream:
            reading = record_files.Reading(stream, self.say)
            count = rows.write(record_files.findings(reading), to=to, stdout=self.stdout)
        self.say(
            f"{reading.records:,} {plural(reading.records, 'record')} checked; {count:,} {plural(count, 'finding')}."
        )
        rows.refuse_bad_lines(file, records=reading.records, refused=reading.refused)
