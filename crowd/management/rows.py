"""How commands read a file of records and write JSON lines: to stdout, or to a file that appears complete or not at all."""

import json
import os
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from django.core.management.base import CommandParser

from crowd.management.base import ReaderLeft, Refusal, WrongUsage, discard


def add_arguments(parser: CommandParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE", help="dolly-format JSONL: one record a line")
    parser.add_argument("--to", type=Path, metavar="OUT", help="the file to write to (default: stdout)")


def refuse_wrong_usage(file: Path, to: Path | None) -> None:
    """Raise WrongUsage where there is nothing to read or nowhere to write."""
    if not file.is_file():
        raise WrongUsage(f"There is no file {file}.")
    if not os.access(file, os.R_OK):
        raise WrongUsage(f"The file {file} cannot be read.")
    if to is None:
        return
    if not to.parent.is_dir() or (to.exists() and not to.is_file()):
        raise WrongUsage(f"--to {to} is no place for a file: name one in a folder that is there.")
    if to.exists() and to.samefile(file):
        raise WrongUsage(f"--to {to} is the file to read: name another.")


def write(rows: Iterable[dict[str, Any]], *, to: Path | None, stdout: TextIO) -> int:
    """Write rows as JSON lines and return how many. ASCII, so that any terminal takes them."""
    if to is None:
        return _to_stdout(rows, stdout)
    try:
        with _appearing(to.resolve()) as file:
            return _write(rows, file)
    except OSError as error:
        raise Refusal(f"{to} could not be written: {error.strerror}.") from error


def _to_stdout(rows: Iterable[dict[str, Any]], stdout: TextIO) -> int:
    try:
        count = _write(rows, stdout)
        stdout.flush()
    except BrokenPipeError:
        discard(sys.stdout)
        raise ReaderLeft from None
    except OSError as error:
        discard(sys.stdout)
        raise Refusal(f"The output could not be written: {error.strerror}.") from error
    return count


def _write(rows: Iterable[dict[str, Any]], file: TextIO) -> int:
    count = 0
    for row in rows:
        file.write(json.dumps(row) + "\n")
        count += 1
    return count


@contextmanager
def _appearing(path: Path) -> Iterator[TextIO]:
    """Open a file beside its place, and put it there when it is whole and on the disk."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.chmod(name, 0o666 & ~_umask())
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise


def _umask() -> int:
    mask = os.umask(0o022)
    os.umask(mask)
    return mask
