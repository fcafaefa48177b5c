"""How commands read a file of records and write JSON lines: to stdout, or to a file that appears complete or not at all."""

import json
import os
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from shlex import quote
from typing import Any, TextIO

from django.core.management.base import CommandParser

from crowd.management.base import ReaderLeft, Refusal, WrongUsage, discard


def add_arguments(parser: CommandParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE", help="dolly-format JSONL: one record a line")
    parser.add_argument("--to", type=Path, metavar="OUT", help="the file to write to (default: stdout)")


def refuse_wrong_usage(file: Path, to: Path | None) -> None:
    """Raise WrongUsage where there is nothing to read or nowhere to write."""
    refuse_no_file(file)
    if to is None:
        return
    if not to.parent.is_dir():
        raise WrongUsage(f"--to {to} is no place for a file: there is no folder {to.parent}.")
    if to.is_dir():
        raise WrongUsage(f"--to {to} is a folder: name a file in it.")
    if to.exists() and not to.is_file():
        raise WrongUsage(
            f"--to {to} is a device or a pipe: name a file, or leave --to out and write `> {to}`."
        )
    if to.exists() and to.samefile(file):
        raise WrongUsage(f"--to {to} is the file to read: name another.")


def refuse_no_file(file: Path) -> None:
    """Raise WrongUsage where this cannot be read as a file."""
    if file.is_dir():
        raise WrongUsage(f"{file} is a folder: name a file.")
    if not file.exists():
        raise WrongUsage(f"There is no file {file}.")
    if not file.is_file():
        raise WrongUsage(f"{file} is a device or a pipe: save what it gives to a file first.")
    if not os.access(file, os.R_OK):
        raise WrongUsage(f"The file {file} cannot be read.")


def refuse_bad_lines(file: Path, *, records: int, refused: int) -> None:
    """Raise Refusal where lines were refused. Where all were, the file is likely JSON of another layout."""
    if not refused:
        return
    layout = (
        ""
        if records
        else f" No line is a record: write one object per line. `jq -c '.[]' {quote(str(file))}` makes that of an array, "
        f"`jq -c . {quote(str(file))}` of objects over several lines."
    )
    raise Refusal(f"Lines refused, as said above: {refused:,}.{layout}")


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
