"""Which kernel computes signatures, and what a kernel gives. numpy's is the reference; numba's is used where it is installed.

The web process never asks for `fastest()`: loading numba takes a quarter of a second and 100 MB.
"""

from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Protocol, cast

import numpy as np
from numpy.typing import NDArray

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


class Kernel(Protocol):
    """The four computations, each over many at once."""

    NAME: str

    def sign(self, texts: Texts) -> Signed: ...

    def phrase_bands(self, phrases: Phrases) -> Bands: ...

    def text_sets(self, texts: Texts) -> Sets: ...

    def shared(self, sets: Sets, pairs: NDArray[np.int64]) -> NDArray[np.int64]: ...


def reference() -> Kernel:
    return _load("reference")


def fastest() -> Kernel:
    """Return numba's kernel where numba is installed, else numpy's. For commands and jobs that compare a lot."""
    return _load("compiled" if find_spec("numba") else "reference")


def _load(name: str) -> Kernel:
    return cast("Kernel", import_module(f"crowd.domain.similarity.{name}"))
