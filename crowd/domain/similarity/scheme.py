"""The constants of the signatures: what any kernel must compute with, the same on any machine. Pure.

    word     w = mix(sum of c_i R^i mod 2^64)              c_i: the word's bytes, lower case, UTF-8
    shingle  x = top 32 bits of (w1 + 3 w2 + 5 w3) K       of three words in a row; of one or two, what there is
    gram     x = top 32 bits of mix(sum of c_i G_i)        of four characters in a row of what an instruction asks
    minhash  s_j = least (a_j x + b_j mod 2^32)            over all shingles, for each of the permutations j
    band     h = mix(sum of s_j F_j + seed)                of five minhashes, signed

Two sets that share a share J of their shingles (Jaccard) have one of the 25 bands in common with probability
1 - (1 - J^5)^25: .99 at J = .7, .55 at .5 (Leskovec, Rajaraman and Ullman, Mining of Massive Datasets, 3.4).
"""

import numpy as np
from numpy.typing import NDArray

# Mixed into every band: rows of another scheme never match.
SCHEME = 2

BANDS, ROWS = 25, 5
# 125 are used: vectors are filled in eights.
PERMUTATIONS = 128

Hashes = NDArray[np.uint64]
Shingles = NDArray[np.uint32]

_MASK = (1 << 64) - 1


def mix(values: Hashes) -> Hashes:
    """Spread 64 bits over all 64 (the finaliser of SplitMix64; Steele, Lea and Flood 2014)."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


def _constants(count: int, *, seed: int) -> Hashes:
    """Return SplitMix64's sequence."""
    return mix(np.arange(1, count + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(seed))


def _powers(base: int, count: int) -> Hashes:
    """Return base^0, base^1, … mod 2^64."""
    powers = np.full(count, base & _MASK, np.uint64)
    powers[0] = 1
    return np.cumprod(powers, dtype=np.uint64)


R = int(_constants(1, seed=5)[0]) | 1
# Odd, so it has an inverse: a word's sum can be cut out of the sums over a whole buffer.
R_INVERSE = pow(R, -1, 1 << 64)
# The keys of equal texts are sums of their words' hashes with powers of this.
Q = int(_constants(1, seed=6)[0]) | 1
K = np.uint64(int(_constants(1, seed=7)[0]) | 1)
G = _constants(4, seed=4) | np.uint64(1)
A = (_constants(PERMUTATIONS, seed=1) >> np.uint64(32)).astype(np.uint32) | np.uint32(1)
B = (_constants(PERMUTATIONS, seed=2) >> np.uint64(32)).astype(np.uint32)
F = _constants(ROWS, seed=3) | np.uint64(1)
TEXT_SEEDS = _constants(BANDS, seed=1_000 * SCHEME + 1)
INSTRUCTION_SEEDS = _constants(BANDS, seed=1_000 * SCHEME + 2)

# Bytes to bytes: 0 where none belongs to a word, ASCII in lower case. What is left of UTF-8's longer characters are
# letters: `texts.encode()` sees to it.
LOWER = np.array(
    [
        ord(chr(byte).lower()) if byte > 127 or chr(byte).isalnum() or byte == ord("_") else 0
        for byte in range(256)
    ],
    np.uint8,
)
LOWER[128:] = np.arange(128, 256)


def powers_of_r(count: int) -> tuple[Hashes, Hashes]:
    """Return the first powers of R and of its inverse, `(count,) uint64` each."""
    return _powers(R, count), _powers(R_INVERSE, count)


def powers_of_q(count: int) -> Hashes:
    return _powers(Q, count)
