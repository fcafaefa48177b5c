"""The arithmetic: words to shingle hashes, shingles to a MinHash signature, a signature to band hashes. Pure, numpy.

Two sets that share a share J of their shingles (Jaccard) have one of the 25 band hashes in common with probability
1 - (1 - J^5)^25: .99 at J = .7, .55 at .5. All of it is fixed by the constants here: the same on any machine.
"""

from functools import lru_cache
from hashlib import blake2b
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Hashes = NDArray[np.uint64]
Bands = NDArray[np.int64]
Kind = Literal["text", "instruction"]

# Mixed into every band hash: rows of another scheme never match.
SCHEME = 2

BANDS, ROWS = 25, 5

# Shingles are hashed in blocks: a text of megabytes would otherwise need gigabytes.
_BLOCK = 4_096
# A text with a longer word is hashed without the cache, which it would fill.
_CACHED_WORD = 40


def _mix(values: Hashes) -> Hashes:
    """Spread 64 bits over all 64 (the finaliser of SplitMix64; Steele, Lea and Flood 2014)."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


def _constants(count: int, *, seed: int) -> Hashes:
    """Return SplitMix64's sequence."""
    return _mix(np.arange(1, count + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(seed))


# One permutation of 32-bit numbers for each row of each band: x -> a x + b, a odd.
_A = (_constants(BANDS * ROWS, seed=1) >> np.uint64(32)).astype(np.uint32) | np.uint32(1)
_B = (_constants(BANDS * ROWS, seed=2) >> np.uint64(32)).astype(np.uint32)
_FOLD = _constants(ROWS, seed=3) | np.uint64(1)
_BAND_SEEDS: dict[Kind, Hashes] = {
    "text": _constants(BANDS, seed=1_000 * SCHEME + 1),
    "instruction": _constants(BANDS, seed=1_000 * SCHEME + 2),
}
_GRAM = _constants(4, seed=4) | np.uint64(1)


def word_shingles(words: list[str]) -> Hashes:
    """Hash every run of three words: sorted, each once. One or two words are one shingle."""
    hash_word = _cached_hash if max(map(len, words)) <= _CACHED_WORD else _hash
    hashes = np.fromiter(map(hash_word, words), np.uint64, len(words))
    if len(hashes) < 3:
        hashes = np.concatenate([hashes, np.zeros(3 - len(hashes), np.uint64)])
    return np.unique(_mix(hashes[:-2] + hashes[1:-1] * np.uint64(3) + hashes[2:] * np.uint64(5)))


def character_shingles(words: list[str]) -> Hashes:
    """Hash every run of four characters of the joined words: sorted, each once."""
    codes = np.frombuffer(" ".join(words).encode("utf-32-le", "surrogatepass"), "<u4").astype(np.uint64)
    if len(codes) < 4:
        codes = np.concatenate([codes, np.zeros(4 - len(codes), np.uint64)])
    return np.unique(
        _mix(codes[:-3] * _GRAM[0] + codes[1:-2] * _GRAM[1] + codes[2:-1] * _GRAM[2] + codes[3:] * _GRAM[3])
    )


def band_hashes(shingles: Hashes, kind: Kind) -> Bands:
    """Return the 25 band hashes of a set of shingles, `(25,) int64`. Equal sets have equal bands."""
    rows = _signature(shingles).reshape(BANDS, ROWS).astype(np.uint64)
    return _mix((rows * _FOLD).sum(axis=1, dtype=np.uint64) + _BAND_SEEDS[kind]).view(np.int64)


def shared(a: Hashes, b: Hashes) -> float:
    """Return the Jaccard similarity of two sets of shingles: shared ones over all."""
    both = len(np.intersect1d(a, b, assume_unique=True))
    return both / max(1, len(a) + len(b) - both)


def can_reach(share: float, a: int, b: int) -> bool:
    """Say whether sets of these sizes can share so much (Jaccard), without looking at them."""
    return min(a, b) >= share * max(a, b)


def text_key(text: str) -> bytes:
    """Return 16 bytes that two texts share only if they are equal."""
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()


def _signature(shingles: Hashes) -> NDArray[np.uint32]:
    """Return the least value of the shingles under each permutation, `(125,) uint32`."""
    least = np.full(BANDS * ROWS, 0xFFFFFFFF, np.uint32)
    heads = (shingles >> np.uint64(32)).astype(np.uint32)
    for start in range(0, len(heads), _BLOCK):
        block = heads[start : start + _BLOCK, np.newaxis]  # (shingles, 1) by (125,)
        least = np.minimum(least, (block * _A + _B).min(axis=0))
    return least


def _hash(word: str) -> int:
    return int.from_bytes(blake2b(word.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")


_cached_hash = lru_cache(maxsize=32_768)(_hash)
