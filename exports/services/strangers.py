"""Read a folder that a stranger may have made: through no link, without waiting, and not more than fits the memory."""

import hashlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from exports.domain.manifest import File

BLOCK = 1024 * 1024
# No line of a release comes near; a file that is one huge line must not fill the memory.
MAX_LINE_BYTES = 16 * 1024 * 1024
# Nor does a file that is read as a whole: manifest, card, attribution, licence, Croissant.
MAX_TEXT_BYTES = 512 * 1024 * 1024
# What the hub and its client add to a downloaded folder. Named, not checked, and no part of the release.
_OF_THE_HUB = (".gitattributes", ".cache")


def surplus(folder: Path, expected: set[str], ignored: list[str]) -> Iterator[str]:
    """What is in a folder beside the expected files, in words. What the hub added is told to `ignored`."""
    folders = {str(parent) for path in expected for parent in Path(path).parents}
    for path in _walk(folder):
        name = path.relative_to(folder).as_posix()
        mode = path.lstat().st_mode
        if stat.S_ISLNK(mode):
            yield f"{name} is a link, and a release holds files only"
        elif _is_the_hubs(folder, path):
            ignored.append(name)
        elif name not in (folders if stat.S_ISDIR(mode) else expected):
            yield f"{name} does not belong to the release"


def damage_of(folder: Path, file: File) -> str:
    """What is wrong with one file of a folder, or nothing."""
    try:
        with open_plain(folder / file.path) as stream:
            if os.fstat(stream.fileno()).st_size != file.bytes:
                return f"does not have its {file.bytes} bytes"
            digest = hashlib.sha256()
            while block := stream.read(BLOCK):
                digest.update(block)
    except OSError:
        return "is missing or cannot be read"
    return "" if digest.hexdigest() == file.sha256 else "is changed: its SHA-256 is another"


def whole(path: Path) -> bytes:
    """A file's bytes. Raises OSError where it is no plain file or too large to be what it says it is."""
    with open_plain(path) as stream:
        content = stream.read(MAX_TEXT_BYTES + 1)
    if len(content) > MAX_TEXT_BYTES:
        raise OSError(f"{path.name} is too large")
    return content


def open_plain(path: Path) -> BinaryIO:
    """Open a file, never through a link and never waiting for the other end of a pipe."""
    return os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb")


def lines(stream: BinaryIO) -> Iterator[bytes]:
    while line := stream.readline(MAX_LINE_BYTES):
        yield line


def printable(words: str) -> str:
    """Words on one line without what would steer a terminal, or what no terminal can show."""
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape", "surrogatepass").decode()
        for char in words
    )


def _walk(folder: Path) -> Iterator[Path]:
    """Everything in a folder, in order, never through a link; what the hub added is named and not entered."""
    waiting = [folder]
    while waiting:
        try:
            paths = sorted(waiting.pop().iterdir())
        except OSError:
            continue  # a folder that cannot be read is named already, and what should be in it is missing
        for path in paths:
            yield path
            if path.is_dir() and not path.is_symlink() and not _is_the_hubs(folder, path):
                waiting.append(path)


def _is_the_hubs(folder: Path, path: Path) -> bool:
    return path.parent == folder and path.name in _OF_THE_HUB
