"""What Flock's commands share: data goes to stdout, messages to stderr, and the exit status says how it went.

0: everything wanted was done. 1: rows were refused, or all of it. 2: wrong usage, nothing done.
"""

import os
import sys
from argparse import SUPPRESS
from collections.abc import Callable, Mapping
from typing import Any, TextIO

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import OperationalError, ProgrammingError

from crowd.domain.text import MALFORMED


class Refusal(CommandError):
    """Some or all of what was wanted is refused: exit 1."""


class WrongUsage(CommandError):
    """The command cannot mean that, and did nothing: exit 2, as for an unknown option."""

    def __init__(self, message: str) -> None:
        super().__init__(message, returncode=2)


class ReaderLeft(CommandError):
    """Whoever read the output has enough of it, as `head` has: the command ends without a word, and well."""

    def __init__(self) -> None:
        super().__init__("", returncode=0)


class FlockCommand(BaseCommand):
    """A command that prints its message alone where it fails, and keeps Django's own options out of its help."""

    suppressed_base_arguments = {
        "--version",
        "--settings",
        "--pythonpath",
        "--traceback",
        "--no-color",
        "--force-color",
        "--verbosity",
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        _stand_in_for_closed_streams()
        super().__init__(*args, **kwargs)

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        """Django's, with `--skip-checks` out of the help: beside checks of records it reads as skipping those."""
        parser = super().create_parser(prog_name, subcommand, conflict_handler="resolve", **kwargs)
        if self.requires_system_checks:
            parser.add_argument("--skip-checks", action="store_true", help=SUPPRESS)
        return parser

    def say(self, line: str) -> None:
        """A message for the person at the terminal; stdout is for data."""
        self._tell(line, str)

    def _tell(self, line: str, style: Callable[[str], str] | None = None) -> None:
        """Write to stderr. Where nobody can hear it, the work goes on: the data matters more."""
        try:
            self.stderr.write(line, style_func=style)
        except OSError:
            discard(self.stderr)

    def execute(self, *args: Any, **options: Any) -> str | None:
        try:
            return self._execute(*args, **options)
        except CommandError as error:
            if not self._called_from_command_line or options.get("traceback"):
                raise
            if str(error):
                self._tell(str(error))
            sys.exit(error.returncode)

    def _execute(self, *args: Any, **options: Any) -> str | None:
        _refuse_what_is_no_text(options)
        try:
            return super().execute(*args, **options)
        except (OperationalError, ProgrammingError) as error:
            reason = str(error).partition("\n")[0]
            raise Refusal(
                f"The database cannot be used ({reason}). Has `./manage.py migrate` been run?"
            ) from error


def _refuse_what_is_no_text(options: Mapping[str, Any]) -> None:
    """Raise WrongUsage for control characters, and for bytes that are not UTF-8, which no database can store.

    A path may be such bytes, and is a Path by now.
    """
    for name, value in options.items():
        texts = value if isinstance(value, list) else [value]
        if any(isinstance(text, str) and MALFORMED.search(text) for text in texts):
            raise WrongUsage(f"What {name} is given is no text: use UTF-8 without control characters.")


def discard(stream: Any) -> None:
    """Send what a stream still holds, and all that follows, nowhere: else it would fail once more when Python ends."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


def _stand_in_for_closed_streams() -> None:
    """Python has None for a stream that was closed before it began (`2>&-`), and the next file would get its number.

    Messages go nowhere then. Data must not: it is refused at the first flush, as by any file that takes none.
    """
    if sys.stdout is None:
        sys.stdout = _opened(os.O_RDONLY)
    if sys.stderr is None:
        sys.stderr = _opened(os.O_WRONLY)


def _opened(flags: int) -> TextIO:
    return os.fdopen(os.open(os.devnull, flags), "w")
