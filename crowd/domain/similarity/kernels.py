"""Which kernel computes signatures, and what a kernel gives. numpy's is the reference; numba's is used where it is installed.

The web process never asks for `fastest()`: loading numba takes a quarter of a second and 100 MB.
"""

import warnings
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Protocol, cast

import numpy as np
from numpy.typing import NDArray

from crowd.domain.record_blocks import Block
from crowd.domain.similarity.scheme import Hashes, Shingles
from crowd.domain.similarity.texts import Phrases, Texts

Bands = NDArray[np.int64]

# The key of a text without words.
NO_TEXT = np.uint64(0)


@dataclass(frozen=True, slots=True, eq=False)
class Signed:
    """Of n full texts: what equal ones share, `(n,) uint64`, and the bands, `(n, 25) int64`.

    Where a text has no words its key is NO_TEXT, and its bands mean nothing.
    """

    keys: Hashes
    bands: Bands


@dataclass(frozen=True, slots=True, eq=False)
class Sets:
    """Sets of shingles: set i is `values[ends[i]:ends[i + 1]]`, sorted, each value once."""

    values: Shingles
    ends: NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Scan:
    """What is plain in a block of lines.

    `is_plain` is `(lines,) bool`. Of the n plain lines: `spans`, `(n, 3, 2) int64`, where in the block's data instruction,
    context and response stand between their quotes, and the full texts.
    """

    is_plain: NDArray[np.bool_]
    spans: NDArray[np.int64]
    texts: Texts

    @classmethod
    def nothing(cls, lines: int) -> "Scan":
        """Return that none of so many lines is plain."""
        texts = Texts(np.empty(0, np.uint8), np.empty((0, 2), np.int64))
        return cls(np.zeros(lines, np.bool_), np.empty((0, 3, 2), np.int64), texts)


class Kernel(Protocol):
    """The six computations, each over many at once."""

    NAME: str

    def scan(self, block: Block) -> Scan: ...

    def sign(self, texts: Texts) -> Signed: ...

    def phrase_bands(self, phrases: Phrases) -> Bands: ...

    def text_sets(self, texts: Texts) -> Sets: ...

    def words(self, texts: Texts) -> list[bytes]: ...

    def shared(self, sets: Sets, pairs: NDArray[np.int64]) -> NDArray[np.int64]: ...


def reference() -> Kernel:
    return _load("reference")


def fastest() -> Kernel:
    """Return numba's kernel where numba is installed, else numpy's. For commands and jobs that compare a lot."""
    if not find_spec("numba"):
        return _load("reference")
    try:
        return _load("compiled")
    except ImportError as error:  # as numba raises beside a numpy that is too new for it
        warnings.warn(f"numba cannot be used ({error}), so this takes longer.", RuntimeWarning, stacklevel=2)
        return _load("reference")


def _load(name: str) -> Kernel:
    return cast("Kernel", import_module(f"crowd.domain.similarity.{name}"))
