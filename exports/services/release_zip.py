"""A release as one zip file, made while it is sent."""

from collections.abc import Iterator, Mapping
from itertools import chain
from pathlib import Path

from crowd.services import zips

BLOCK = 256 * 1024


def zipped(folder: Path, paths: list[str], *, name: str, beside: Mapping[str, bytes]) -> Iterator[bytes]:
    """The zip's bytes; its entries stand under a folder of this name. A release gives the same zip each time.

    `beside` goes along with the files: a signature, which is no part of the release.
    """
    files = ((f"{name}/{path}", _blocks(folder / path)) for path in paths)
    return zips.zipped(
        chain(files, ((f"{name}/{path}", iter([content])) for path, content in beside.items()))
    )


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as source:
        while block := source.read(BLOCK):
            yield block
