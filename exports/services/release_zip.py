"""A release as one zip file, made while it is sent."""

from collections.abc import Iterator
from pathlib import Path

from crowd.services import zips

BLOCK = 256 * 1024


def zipped(folder: Path, paths: list[str], *, name: str) -> Iterator[bytes]:
    """The zip's bytes; its entries stand under a folder of this name. A release gives the same zip each time."""
    return zips.zipped((f"{name}/{path}", _blocks(folder / path)) for path in paths)


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as source:
        while block := source.read(BLOCK):
            yield block
