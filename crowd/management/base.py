"""What Flock's commands share: data goes to stdout, messages to stderr, and the exit status says how it went.

0: everything wanted was done. 1: rows were refused, or all of it. 2: wrong usage, nothing done.
"""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError, ProgrammingError


class Refusal(CommandError):
    """Some or all of what was wanted is refused: exit 1."""


class WrongUsage(CommandError):
    """The command cannot mean that, and did nothing: exit 2, as for an unknown option."""

    def __init__(self, message: str) -> None:
        super().__init__(message, returncode=2)


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

    def say(self, line: str) -> None:
        """A message for the person at the terminal; stdout is for data."""
        self.stderr.write(line, style_func=str)

    def execute(self, *args: Any, **options: Any) -> str | None:
        try:
            return self._execute(*args, **options)
        except CommandError as error:
            if not self._called_from_command_line or options.get("traceback"):
                raise
            self.stderr.write(str(error))
            sys.exit(error.returncode)

    def _execute(self, *args: Any, **options: Any) -> str | None:
        try:
            return super().execute(*args, **options)
        except (OperationalError, ProgrammingError) as error:
            reason = str(error).partition("\n")[0]
            raise Refusal(
                f"The database cannot be used ({reason}). Has `./manage.py migrate` been run?"
            ) from error
