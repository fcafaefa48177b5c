"""The kernel in numba: the reference's results, several times as fast. Only `kernels` loads it, where numba is installed.

All that is compiled stands in this file, and what it takes from the scheme comes as arguments: numba's cache notices a
change here and nowhere else. Its integers are 64 bits wide unless cast back, and its indices are not checked.
"""

from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy as np
from numba import uint32, uint64
from numpy.typing import NDArray

from crowd.domain.similarity import scheme
from crowd.domain.similarity.compiled_lines import scan
from crowd.domain.similarity.compiling import compiled
from crowd.domain.similarity.kernels import NO_TEXT, Bands, Sets, Signed
from crowd.domain.similarity.texts import Phrases, Texts

__all__ = ["NAME", "phrase_bands", "scan", "shared", "sign", "text_sets", "words"]

NAME = "numba"


def sign(texts: Texts) -> Signed:
    """Compute the keys and the bands of full texts."""
    room = _room(texts.bounds[:, 1] - texts.bounds[:, 0])
    keys, bands = np.full(len(texts), NO_TEXT), np.empty((len(texts), scheme.BANDS), np.int64)
    _sign(
        texts.buffer,
        texts.bounds,
        (scheme.LOWER, _powers_of_r(room), _powers_of_q(room), scheme.K),
        (scheme.A, scheme.B, scheme.F, scheme.TEXT_SEEDS),
        (keys, bands),
        (np.empty(room, np.uint64), np.empty(room, np.uint32), np.empty(scheme.PERMUTATIONS, np.uint32)),
    )
    return Signed(keys, bands)


def phrase_bands(phrases: Phrases) -> Bands:
    """Compute the bands of instructions, `(n, 25) int64`."""
    bands = np.empty((len(phrases), scheme.BANDS), np.int64)
    _sign_phrases(
        phrases.buffer,
        phrases.ends,
        scheme.G,
        (scheme.A, scheme.B, scheme.F, scheme.INSTRUCTION_SEEDS),
        bands,
        (np.empty(_room(np.diff(phrases.ends)), np.uint32), np.empty(scheme.PERMUTATIONS, np.uint32)),
    )
    return bands


def text_sets(texts: Texts) -> Sets:
    """Compute the shingles of full texts."""
    room = _room(texts.bounds[:, 1] - texts.bounds[:, 0])
    # A word takes two bytes with what is behind it, and a shingle a word.
    values = np.empty(len(texts.buffer) // 2 + 1, np.uint32)
    ends = np.zeros(len(texts) + 1, np.int64)
    _text_sets(
        texts.buffer,
        texts.bounds,
        (scheme.LOWER, _powers_of_r(room), scheme.K),
        (values, ends),
        np.empty(room, np.uint64),
    )
    return Sets(values[: ends[-1]].copy(), ends)


def words(texts: Texts) -> list[bytes]:
    """Return the words of full texts in lower case, a zero behind each."""
    ends = np.zeros(len(texts) + 1, np.int64)
    # A text's words take no more than it and the byte behind it.
    packed = np.empty(len(texts.buffer), np.uint8)
    _pack_words(texts.buffer, texts.bounds, scheme.LOWER, packed, ends)
    made = packed[: ends[-1]].tobytes()
    return [made[begin:end] for begin, end in pairwise(ends.tolist())]


def shared(sets: Sets, pairs: NDArray[np.int64]) -> NDArray[np.int64]:
    """Count what both sets of each pair have, `(pairs,) int64`."""
    counts = np.empty(len(pairs), np.int64)
    _shared(sets.values, sets.ends, pairs, counts)
    return counts


def _room(lengths: NDArray[np.int64]) -> int:
    """Return a power of two past the longest length and what is put behind it: room for words, shingles and characters."""
    return 1 << (int(lengths.max(initial=0)) + 8).bit_length()


@lru_cache(maxsize=4)
def _powers_of_r(count: int) -> NDArray[np.uint64]:
    return scheme.powers_of_r(count)[0]


@lru_cache(maxsize=4)
def _powers_of_q(count: int) -> NDArray[np.uint64]:
    return scheme.powers_of_q(count)


@compiled
def _mix(value: Any) -> Any:
    value = (value ^ (value >> uint64(30))) * uint64(0xBF58476D1CE4E5B9)
    value = (value ^ (value >> uint64(27))) * uint64(0x94D049BB133111EB)
    return value ^ (value >> uint64(31))


@compiled
def _blank(buffer: Any, start: Any, end: Any) -> None:
    """Put spaces where a text has UTF-8's separators: C2 xx and E2 80|81 xx."""
    high = np.uint8(0)
    for place in range(start, end):
        high |= buffer[place]
    if high < 0x80:
        return
    for place in range(start, end):
        byte = buffer[place]
        if byte == 0xC2:
            buffer[place] = buffer[place + 1] = 0x20
        elif byte == 0xE2 and (buffer[place + 1] & 0xFE) == 0x80:
            buffer[place] = buffer[place + 1] = buffer[place + 2] = 0x20


@compiled
def _hash_words(buffer: Any, start: Any, end: Any, lower: Any, powers: Any, words: Any) -> Any:
    """Write the hashes of a text's words, for which the byte behind it is needed. Return how many there are.

    Without a branch for each byte: where words end cannot be predicted.
    """
    _blank(buffer, start, end)
    count: Any = 0
    total = uint64(0)
    place_in_word = uint64(0)
    for place in range(start, end + 1):
        letter = uint64(lower[buffer[place]])
        inside = uint64(0) - uint64(letter != uint64(0))
        words[count] = total
        count += np.int64((inside == uint64(0)) & (place_in_word != uint64(0)))
        total = (total + letter * powers[place_in_word]) & inside
        place_in_word = (place_in_word + uint64(1)) & inside
    for number in range(count):
        words[number] = _mix(words[number])
    return count


@compiled
def _key(words: Any, count: Any, powers: Any) -> Any:
    total = uint64(0)
    for number in range(count):
        total += words[number] * powers[number]
    return _mix(total + uint64(count))


@compiled
def _shingle(words: Any, count: Any, factor: Any, shingles: Any) -> Any:
    """Write the runs of three of some words, of which there is one at least. Return how many runs."""
    words[count] = uint64(0)
    words[count + 1] = uint64(0)
    runs = max(count - 2, 1)
    for number in range(runs):
        run = words[number] + words[number + 1] * uint64(3) + words[number + 2] * uint64(5)
        shingles[number] = uint32((run * factor) >> uint64(32))
    return runs


@compiled
def _gram(buffer: Any, start: Any, end: Any, factors: Any, grams: Any) -> Any:
    """Write the runs of four characters of a phrase, of which there is one at least. Return how many runs."""
    characters = 0
    for place in range(start, end):
        byte = buffer[place]
        if (byte & 0xC0) == 0x80 and characters > 0:
            grams[characters - 1] = uint32(grams[characters - 1] << uint32(8)) | uint32(byte)
        else:
            grams[characters] = uint32(byte)
            characters += 1
    for spare in range(3):
        grams[characters + spare] = uint32(0)
    runs = max(characters - 3, 1)
    for at in range(runs):
        run = uint64(grams[at]) * factors[0] + uint64(grams[at + 1]) * factors[1]
        run += uint64(grams[at + 2]) * factors[2] + uint64(grams[at + 3]) * factors[3]
        grams[at] = uint32(_mix(run) >> uint64(32))
    return runs


@compiled
def _band(shingles: Any, count: Any, a: Any, b: Any, f: Any, seeds: Any, least: Any, bands: Any) -> None:
    """Write the bands of some shingles. Four shingles in a pass over the minima: one load and store instead of four."""
    for j in range(len(a)):
        least[j] = uint32(0xFFFFFFFF)
    four = count - count % 4
    for at in range(0, four, 4):
        w, x, y, z = shingles[at], shingles[at + 1], shingles[at + 2], shingles[at + 3]
        for j in range(len(a)):
            one = min(uint32(uint32(a[j] * w) + b[j]), uint32(uint32(a[j] * x) + b[j]))
            two = min(uint32(uint32(a[j] * y) + b[j]), uint32(uint32(a[j] * z) + b[j]))
            least[j] = min(least[j], one, two)
    for at in range(four, count):
        w = shingles[at]
        for j in range(len(a)):
            least[j] = min(least[j], uint32(uint32(a[j] * w) + b[j]))
    rows = len(f)
    for band in range(len(bands)):
        total = seeds[band]
        for row in range(rows):
            total += uint64(least[band * rows + row]) * f[row]
        bands[band] = np.int64(_mix(total))


@compiled
def _sign(buffer: Any, bounds: Any, text_scheme: Any, band_scheme: Any, out: Any, room: Any) -> None:
    lower, powers, key_powers, factor = text_scheme
    a, b, f, seeds = band_scheme
    keys, bands = out
    words, shingles, least = room
    for row in range(len(bounds)):
        count = _hash_words(buffer, bounds[row, 0], bounds[row, 1], lower, powers, words)
        if count > 0:
            keys[row] = _key(words, count, key_powers)
            _band(shingles, _shingle(words, count, factor, shingles), a, b, f, seeds, least, bands[row])


@compiled
def _sign_phrases(buffer: Any, ends: Any, factors: Any, band_scheme: Any, bands: Any, room: Any) -> None:
    a, b, f, seeds = band_scheme
    grams, least = room
    for row in range(len(ends) - 1):
        if ends[row] < ends[row + 1]:
            _band(
                grams,
                _gram(buffer, ends[row], ends[row + 1], factors, grams),
                a,
                b,
                f,
                seeds,
                least,
                bands[row],
            )


@compiled
def _text_sets(buffer: Any, bounds: Any, text_scheme: Any, out: Any, words: Any) -> None:
    """Write each text's shingles, sorted and each once, behind those of the text before."""
    lower, powers, factor = text_scheme
    values, ends = out
    for row in range(len(bounds)):
        begin = kept = ends[row]
        count = _hash_words(buffer, bounds[row, 0], bounds[row, 1], lower, powers, words)
        if count > 0:
            behind = begin + _shingle(words, count, factor, values[begin:])
            values[begin:behind].sort()
            for at in range(begin, behind):
                if at == begin or values[at] != values[kept - 1]:
                    values[kept] = values[at]
                    kept += 1
        ends[row + 1] = kept


@compiled
def _pack_words(buffer: Any, bounds: Any, lower: Any, packed: Any, ends: Any) -> None:
    """Write each text's words, one zero behind each, behind those of the text before."""
    for row in range(len(bounds)):
        end = ends[row]
        is_inside = False
        _blank(buffer, bounds[row, 0], bounds[row, 1])
        for place in range(bounds[row, 0], bounds[row, 1] + 1):
            letter = lower[buffer[place]]
            packed[end] = letter
            end += np.int64(is_inside or letter != 0)
            is_inside = letter != 0
        ends[row + 1] = end


@compiled
def _shared(values: Any, ends: Any, pairs: Any, counts: Any) -> None:
    """Merge the two sorted sets of each pair, without a branch on what is found."""
    for row in range(len(pairs)):
        one, one_end = ends[pairs[row, 0]], ends[pairs[row, 0] + 1]
        other, other_end = ends[pairs[row, 1]], ends[pairs[row, 1] + 1]
        both: Any = 0
        while one < one_end and other < other_end:
            x, y = values[one], values[other]
            both += np.int64(x == y)
            one += np.int64(x <= y)
            other += np.int64(y <= x)
        counts[row] = both
