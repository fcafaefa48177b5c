"""Bring in a dataset that exists already."""

from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import CommandParser
from django.utils import timezone

from crowd.domain import formats
from crowd.domain.licences import HUMAN_ORIGINS, KNOWN, Origin
from crowd.domain.text import plural
from crowd.management import rows
from crowd.management.base import FlockCommand, Refusal, WrongUsage
from crowd.models import Source
from crowd.services import imports
from crowd.services.errors import Conflict


class Command(FlockCommand):
    help = (
        "Import a dataset with its licence and origin. A bad row is reported with its line and the rest goes in; "
        "a second time adds nothing."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--format", choices=formats.FORMATS, required=True)
        parser.add_argument("--source", required=True, metavar="NAME", help="what to call the dataset here")
        parser.add_argument(
            "--licence", required=True, metavar="SPDX", help=f"one of {', '.join(sorted(KNOWN))}"
        )
        parser.add_argument("--origin", required=True, choices=[origin.value for origin in Origin])
        parser.add_argument(
            "--map",
            action="extend",
            nargs="+",
            default=[],
            metavar="FIELD=COLUMN",
            help=f"csv and parquet: the column of {', '.join(formats.FIELDS)}, where it has another name; "
            "without a category, rows are general_qa (may be repeated)",
        )
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
        attribution = options["attribution"].strip()
        self._refuse_wrong_usage(file, source, licence, attribution)
        if options["format"] == "alpaca" and origin in HUMAN_ORIGINS:
            self.say(
                f"Files of this shape mostly hold what a model wrote. That these are {origin} is your word."
            )
        try:
            row = imports.source_for(source, licence=licence, origin=origin, attribution=attribution)
            report = self._import(file, row, **options)
        except formats.BadFile as problem:
            raise WrongUsage(str(problem)) from None
        except Conflict as conflict:
            raise Refusal(str(conflict)) from None
        if report.rows and self.stderr.isatty():
            self.say("")
        for line in report.details(licence=licence):
            self.say(line)
        self.say(report.summary())
        if report.refused:
            raise Refusal(f"{report.refused} {plural(report.refused, 'row')} refused; each is named above.")

    def _import(self, file: Path, source: Source, **options: Any) -> imports.Report:
        mapping = formats.parse_mapping(options["map"])
        with file.open("rb") as stream:
            return imports.run(
                formats.read(stream, options["format"], mapping=mapping),
                source=source,
                approve=options["approve"],
                now=timezone.now(),
                tell=lambda remark: self.say(str(remark)),
                so_far=self._say_so_far,
                dry_run=options["dry_run"],
            )

    def _say_so_far(self, report: imports.Report) -> None:
        """Long files take a while: a person who watches is told where it is, on one line."""
        if self.stderr.isatty():
            self.stderr.write(f"\r{report.rows:,} rows read", style_func=str, ending="")

    def _refuse_wrong_usage(self, file: Path, source: str, licence: str, attribution: str) -> None:
        rows.refuse_no_file(file)
        if licence not in KNOWN:
            raise WrongUsage(_unknown(licence))
        if not _fits("name", source):
            raise WrongUsage(
                f"--source may hold letters, digits, - and _ only, {_longest('name')} of them at most."
            )
        if not _fits("attribution", attribution):
            raise WrongUsage(
                f"--attribution has {len(attribution):,} characters, and {_longest('attribution')} is the limit."
            )


def _fits(field: str, value: str) -> bool:
    try:
        Source._meta.get_field(field).clean(value, None)  # noqa: SLF001 -- Django's public way to a field
    except ValidationError:
        return False
    return True


def _longest(field: str) -> int:
    return Source._meta.get_field(field).max_length or 0  # noqa: SLF001 -- as above


def _unknown(licence: str) -> str:
    """What to say of a licence that is none of those known here."""
    if not licence.strip():
        return f"--licence is empty. Choose one of {', '.join(sorted(KNOWN))}."
    for known in KNOWN:
        if known.lower() == licence.strip().lower():
            return f"--licence {licence} is not known here. Did you mean {known}?"
    return f"--licence {licence} is not known here. Choose one of {', '.join(sorted(KNOWN))}."
