"""Find the exact copies and the near-duplicates of a corpus, on one machine or on many."""

import os
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from crowd.domain.text import plural
from crowd.management.base import FlockCommand, Refusal, WrongUsage


class Command(FlockCommand):
    help = (
        "Find the records of a folder of Parquet files that copy or resemble one another, with Dask: in processes of this "
        "machine, or on the workers of a running scheduler. Columns in: id (whole numbers), instruction, context, response. "
        "Columns out: kind, on, a, b, score, why, as find_duplicates has them, with ids for lines."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "folder", type=Path, metavar="FOLDER", help="the corpus: Parquet files, at any depth"
        )
        parser.add_argument(
            "--to",
            type=Path,
            metavar="OUT",
            required=True,
            help="the folder to make and to write Parquet files to",
        )
        parser.add_argument(
            "--similar", action="store_true", help="also what is merely similar, or about one passage"
        )
        where = parser.add_mutually_exclusive_group()
        where.add_argument("--scheduler", metavar="ADDRESS", help="a running Dask scheduler: tcp://host:8786")
        where.add_argument(
            "--workers",
            type=_count,
            default=os.cpu_count() or 1,
            help="without a scheduler: how many processes to start here (default: one per core)",
        )

    def handle(
        self, *, folder: Path, to: Path, similar: bool, scheduler: str | None, workers: int, **_options: Any
    ) -> None:
        _refuse_wrong_usage(folder, to)
        corpus = import_module("crowd.services.corpus")
        try:
            parts = corpus.parts_of(folder)
            with corpus.cluster(scheduler, workers):
                summary = corpus.find_duplicates(parts, to, similar=similar)
        except corpus.BadCorpus as error:
            raise Refusal(str(error)) from error
        except OSError as error:
            raise Refusal(f"The scheduler or a file cannot be reached: {error}.") from error
        if summary.crowded:
            self.say(corpus.notice(summary))
        found = summary.found
        self.say(
            f"{summary.records:,} {plural(summary.records, 'record')} read; pairs found: "
            f"{found.get('exact', 0):,} exact, {found.get('near', 0):,} near"
            + (f", {found.get('similar', 0):,} similar." if similar else ".")
        )
        if summary.refused:
            raise Refusal(f"Rows refused, as id, instruction or response is null: {summary.refused:,}.")


def _count(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError(text)
    return number


def _refuse_wrong_usage(folder: Path, to: Path) -> None:
    """Raise WrongUsage where there is nothing to read, nowhere to write, or nothing to do it with."""
    if find_spec("distributed") is None:
        raise WrongUsage("This needs Dask: .venv/bin/python -m pip install -r requirements-distributed.txt")
    if not folder.is_dir():
        raise WrongUsage(f"There is no folder {folder}.")
    if to.exists() or not to.parent.is_dir():
        raise WrongUsage(
            f"--to {to} is no place for a new folder: name one that is not there, in one that is."
        )
