"""The signature of one record, as somebody sends it: the reference's arithmetic without what keeps many texts apart. Pure.

What counts here is the number of steps that numpy takes, not the bytes that it goes through. A test holds the results
equal to the reference's.
"""

from collections.abc import Sequence

import numpy as np

from crowd.domain.similarity import scheme
from crowd.domain.similarity.reference import PIECE, characters, powers_of_r
from crowd.domain.similarity.scheme import Hashes, Shingles
from crowd.domain.similarity.texts import Phrases, blanked

_LOWER = scheme.LOWER.tobytes()
_USED = scheme.BANDS * scheme.ROWS
_A, _B = scheme.A[:_USED, np.newaxis], scheme.B[:_USED, np.newaxis]
# Shingles by permutations that one step computes.
_BLOCK = 1 << 18


def text_shingles(encoded: Sequence[bytes]) -> Shingles:
    """Return every run of three words of a text given in encoded parts, unsorted. Two words or one are a run."""
    words = _words(b" ".join(encoded))
    if len(words) > 2:
        runs = words[:-2] + words[1:-1] * np.uint64(3) + words[2:] * np.uint64(5)
    else:
        runs = words[:1] + words[1:].sum(keepdims=True, dtype=np.uint64) * np.uint64(3)
    return _top(runs * scheme.K)


def phrase_shingles(phrase: str) -> Shingles:
    """Return every run of four characters of a phrase, unsorted. Fewer are a run; a phrase has one character at least."""
    letters = np.frombuffer(phrase.encode("utf-8", "surrogatepass"), np.uint8)
    codes, _ = characters(Phrases(letters, np.array([0, len(letters)])))
    padded = np.concatenate([codes, np.zeros(max(0, 4 - len(codes)), np.uint64)])
    return _top(scheme.mix(np.convolve(padded, scheme.G[::-1], "valid")))


def bands(sets: Sequence[tuple[Shingles, Hashes]]) -> list[int]:
    """Return the bands of sets of shingles, none of them empty, each with its index's seeds, one after the other."""
    rows = np.concatenate([_least(shingles) for shingles, _ in sets]).reshape(-1, scheme.ROWS)
    seeds = np.concatenate([seeds for _, seeds in sets])
    made: list[int] = scheme.mix(rows.astype(np.uint64) @ scheme.F + seeds).view(np.int64).tolist()
    return made


def _words(text: bytes) -> Hashes:
    """Return the hashes of the words of an encoded text, in order."""
    letters = np.frombuffer(b"".join((b"\0", blanked(text), b"\0")).translate(_LOWER), np.uint8)
    is_letter = letters != 0
    edges = np.flatnonzero(is_letter[1:] != is_letter[:-1])
    powers, inverses = powers_of_r(max(PIECE, 1 << len(letters).bit_length()))
    # Each word's sum of c_i R^i, cut out of the running sum.
    running = np.cumsum(letters * powers[: len(letters)])[edges]
    return scheme.mix((running[1::2] - running[0::2]) * inverses[edges[0::2] + 1])


def _least(shingles: Shingles) -> Shingles:
    """Return the least value of the shingles under each permutation that is used."""
    step = max(1, _BLOCK // len(shingles))
    return np.concatenate(
        [
            (_A[start : start + step] * shingles + _B[start : start + step]).min(axis=1)
            for start in range(0, _USED, step)
        ]
    )


def _top(values: Hashes) -> Shingles:
    return (values >> np.uint64(32)).astype(np.uint32)
