"""A zip file that is made while it is sent: nothing is stored and little is held in memory."""

import zipfile
from collections.abc import Iterable, Iterator
from datetime import datetime

# The earliest time that a zip can hold.
EPOCH = datetime(1980, 1, 1)


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


def zipped(entries: Iterable[tuple[str, Iterable[bytes]]], *, at: datetime = EPOCH) -> Iterator[bytes]:
    """The zip's bytes, with an entry of each path and its content. `at` is the time of all entries."""
    outlet = _Outlet()
    with zipfile.ZipFile(outlet, "w", zipfile.ZIP_DEFLATED) as archive:  # type: ignore[call-overload]
        for path, content in entries:
            entry = zipfile.ZipInfo(path, at.timetuple()[:6])
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            # Nobody knows its size beforehand, and it may be past 2 GiB.
            with archive.open(entry, "w", force_zip64=True) as target:
                for block in content:
                    target.write(block)
                    if ready := outlet.fetch():
                        yield ready
    yield outlet.fetch()
