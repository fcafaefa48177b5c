"""A release as one zip file, made while it is sent: nothing is stored and little is held in memory."""

import zipfile
from collections.abc import Iterator
from pathlib import Path

BLOCK = 256 * 1024
# One time for all entries, so that a release gives the same zip each time: the earliest that a zip can hold.
_EPOCH = (1980, 1, 1, 0, 0, 0)


class _Outlet:
    """Takes what zipfile writes until somebody fetches it. It cannot seek, and zipfile makes do with that."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def write(self, content: bytes) -> int:
        self._pieces.append(bytes(content))
        return len(content)

    def flush(self) -> None:
        """Nothing waits anywhere else."""

    def fetch(self) -> bytes:
        pieces, self._pieces = self._pieces, []
        return b"".join(pieces)


def zipped(folder: Path, paths: list[str], *, name: str) -> Iterator[bytes]:
    """The zip's bytes; its entries stand under a folder of this name."""
    outlet = _Outlet()
    with zipfile.ZipFile(outlet, "w", zipfile.ZIP_DEFLATED) as archive:  # type: ignore[call-overload]
        for path in paths:
            entry = zipfile.ZipInfo(f"{name}/{path}", _EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            with (folder / path).open("rb") as source, archive.open(entry, "w") as target:
                while block := source.read(BLOCK):
                    target.write(block)
                    yield outlet.fetch()
    yield outlet.fetch()
