"""Bring in a dataset that exists already."""

from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import CommandParser
from django.core.validators import validate_slug
from django.utils import timezone

from crowd.domain.formats import FORMATS
from crowd.domain.licences import KNOWN, Origin
from crowd.domain.records import read_lines
from crowd.management.base import FlockCommand, Refusal, WrongUsage
from crowd.services import imports
from crowd.services.errors import Conflict

MAX_ATTRIBUTION_CHARS = 500


class Command(FlockCommand):
    help = (
        "Import a dataset with its licence and origin. A bad row is reported with its line and the rest goes in; "
        "a second time adds nothing."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--format", choices=sorted(FORMATS), required=True)
        parser.add_argument("--source", required=True, metavar="NAME", help="what to call the dataset here")
        parser.add_argument(
            "--licence", required=True, metavar="SPDX", help=f"one of {', '.join(sorted(KNOWN))}"
        )
        parser.add_argument("--origin", required=True, choices=[origin.value for origin in Origin])
        parser.add_argument(
            "--attribution",
            default="",
            metavar="TEXT",
            help="whom every release names for it (default: the source's name)",
        )
        parser.add_argument(
            "--approve", action="store_true", help="the rows were reviewed elsewhere: no review here"
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="say what would happen, and change nothing"
        )

    def handle(self, *args: Any, file: Path, source: str, licence: str, origin: str, **options: Any) -> None:
        self._refuse_wrong_usage(file, source, licence)
        now = timezone.now()
        try:
            row = imports.source_for(
                source,
                licence=licence,
                origin=origin,
                attribution=options["attribution"].strip()[:MAX_ATTRIBUTION_CHARS],
                dry_run=options["dry_run"],
            )
        except Conflict as conflict:
            raise Refusal(str(conflict)) from None
        with file.open("rb") as stream:
            report = imports.run(
                read_lines(stream, FORMATS[options["format"]]),
                source=row,
                approve=options["approve"],
                now=now,
                tell=self._say_refusal,
                dry_run=options["dry_run"],
            )
        self._summarise(report, dry_run=options["dry_run"])

    def _refuse_wrong_usage(self, file: Path, source: str, licence: str) -> None:
        if not file.is_file():
            raise WrongUsage(f"There is no file {file}.")
        if licence not in KNOWN:
            raise WrongUsage(
                f"--licence {licence} is not known here. Choose one of {', '.join(sorted(KNOWN))}."
            )
        try:
            validate_slug(source)
        except ValidationError:
            raise WrongUsage("--source may hold letters, digits, - and _ only.") from None

    def _say_refusal(self, refusal: imports.Refusal) -> None:
        self.say(f"line {refusal.line}: {refusal.rule}: {refusal.message}")

    def _summarise(self, report: imports.Report, *, dry_run: bool) -> None:
        if report.copies:
            lines = ", ".join(str(line) for line in report.copies)
            self.say(f"{len(report.copies)} exact copies of other records were left out, on lines {lines}.")
        done = "would be imported" if dry_run else "imported"
        self.say(
            f"{report.added} records {done}, {report.already_here} already here, {len(report.copies)} exact copies, "
            f"{report.refused} rows refused, {report.findings} findings for the reviewers."
        )
        if report.refused:
            raise Refusal(f"{report.refused} rows were refused; each is named above.")
