"""The kernel in numpy: what every other kernel must equal, bit for bit. Pure."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from crowd.domain.record_blocks import Block
from crowd.domain.similarity import scheme
from crowd.domain.similarity.kernels import NO_TEXT, Bands, Scan, Sets, Signed
from crowd.domain.similarity.scheme import Hashes, Shingles, mix
from crowd.domain.similarity.texts import Phrases, Texts

Integers = NDArray[np.int64]

NAME = "numpy"

# Sums over a piece of the buffer stay in the processor's cache; a piece ends with a word.
PIECE = 1 << 16
# Shingles by permutations that one step computes, and pairs that it compares.
_BLOCK = 1 << 16
_PAIRS = 2_048


def scan(block: Block) -> Scan:
    """Find nothing plain: in numpy no reader is faster than that of whole records."""
    return Scan.nothing(len(block.bounds))


def sign(texts: Texts) -> Signed:
    """Compute the keys and the bands of full texts."""
    words = _Words(texts)
    return Signed(
        keys=_keys(words.hashes, words.first, words.behind),
        bands=_bands(*_shingles(words.hashes, words.first, words.behind), scheme.TEXT_SEEDS),
    )


def phrase_bands(phrases: Phrases) -> Bands:
    """Compute the bands of instructions, `(n, 25) int64`."""
    return _bands(*_grams(phrases), scheme.INSTRUCTION_SEEDS)


def text_sets(texts: Texts) -> Sets:
    """Compute the shingles of full texts."""
    words = _Words(texts)
    return _distinct(*_shingles(words.hashes, words.first, words.behind))


def words(texts: Texts) -> list[bytes]:
    """Return the words of full texts in lower case, a zero behind each."""
    letters = _letters(texts.buffer)
    kept = letters != 0
    kept[1:] |= kept[:-1].copy()
    behind = np.concatenate([[0], np.cumsum(kept)])
    bounds = np.column_stack([behind[texts.bounds[:, 0]], behind[texts.bounds[:, 1] + 1]])
    packed = letters[kept].tobytes()
    return [packed[begin:end] for begin, end in bounds.tolist()]


def shared(sets: Sets, pairs: Integers) -> Integers:
    """Count what both sets of each pair have, `(pairs,) int64`."""
    return np.concatenate(
        [np.empty(0, np.int64)]
        + [_shared(sets, pairs[start : start + _PAIRS]) for start in range(0, len(pairs), _PAIRS)]
    )


class _Words:
    """Where the words of a buffer are, and their hashes, in order."""

    def __init__(self, texts: Texts) -> None:
        self.letters = _letters(texts.buffer)
        is_letter = (self.letters != 0).view(np.int8)
        edges = np.flatnonzero(is_letter[1:] != is_letter[:-1]) + 1
        self.starts, self.ends = edges[0::2], edges[1::2]
        self.hashes = mix(_sums(self.letters, self.starts, self.ends))
        # Of each text: the number of its first word, and of the first behind it.
        self.first, self.behind = np.searchsorted(self.starts, texts.bounds).T


def _letters(buffer: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the bytes of words in lower case, and 0 for those between words."""
    letters = scheme.LOWER[buffer]
    if not (buffer > 0x7F).any():
        return letters
    two = np.flatnonzero(buffer == 0xC2)
    three = np.flatnonzero(buffer == 0xE2)
    three = three[(buffer[three + 1] & 0xFE) == 0x80]
    for places in (two, two + 1, three, three + 1, three + 2):
        letters[places] = 0
    return letters


def _sums(letters: NDArray[np.uint8], starts: Integers, ends: Integers) -> Hashes:
    """Return each word's sum of c_i R^i, cut out of the running sum over its piece of the buffer."""
    sums = np.empty(len(starts), np.uint64)
    begin = 0
    while begin < len(starts):
        base = int(starts[begin]) - 1
        until = max(begin + 1, int(np.searchsorted(ends, base + PIECE)))
        powers, inverses = powers_of_r(max(PIECE, 1 << (int(ends[until - 1]) - base - 1).bit_length()))
        piece = letters[base : int(ends[until - 1])]
        running = np.cumsum(piece * powers[: len(piece)])
        inner = starts[begin:until] - base
        sums[begin:until] = (running[ends[begin:until] - base - 1] - running[inner - 1]) * inverses[inner]
        begin = until
    return sums


powers_of_r = lru_cache(maxsize=4)(scheme.powers_of_r)
_powers_of_q = lru_cache(maxsize=4)(scheme.powers_of_q)


def _runs(first: Integers, counts: Integers) -> tuple[Integers, Integers]:
    """Return the numbers first, first + 1, … for each run, one after the other, and where each run ends."""
    ends = np.cumsum(counts)
    total = int(ends[-1]) if len(ends) else 0
    return np.arange(total) + np.repeat(first - (ends - counts), counts), ends


def _keys(words: Hashes, first: Integers, behind: Integers) -> Hashes:
    """Return what equal runs of words have in common, and NO_TEXT for a run of none."""
    counts = behind - first
    keys = np.full(len(first), NO_TEXT, np.uint64)
    some = counts > 0
    if not some.any():
        return keys
    numbers, ends = _runs(first[some], counts[some])
    powers = _powers_of_q(max(PIECE, 1 << int(counts.max()).bit_length()))
    places = numbers - np.repeat(first[some], counts[some])
    begins = np.concatenate([[0], ends[:-1]])
    keys[some] = mix(np.add.reduceat(words[numbers] * powers[places], begins) + counts[some].view(np.uint64))
    return keys


def _shingles(words: Hashes, first: Integers, behind: Integers) -> tuple[Shingles, Integers]:
    """Return every run of three words of each text, and where each text's end. Two words or one are a run."""
    counts = behind - first
    padded: Hashes = np.concatenate([words, np.zeros(2, np.uint64)])
    runs = padded[:-2] + padded[1:-1] * np.uint64(3) + padded[2:] * np.uint64(5)
    short = first[(counts > 0) & (counts < 3)]
    if len(short):
        seconds: Hashes = np.where(counts[(counts > 0) & (counts < 3)] == 2, padded[short + 1], np.uint64(0))
        runs[short] = padded[short] + seconds * np.uint64(3)
    numbers, ends = _runs(first, np.where(counts > 0, np.maximum(counts - 2, 1), 0))
    return _top(runs[numbers] * scheme.K), ends


def _grams(phrases: Phrases) -> tuple[Shingles, Integers]:
    """Return every run of four characters of each phrase, and where each phrase's end. Fewer are a run."""
    codes, bounds = characters(phrases)
    begins, sizes = bounds[:-1], bounds[1:] - bounds[:-1]
    codes = np.concatenate([codes, np.zeros(3, np.uint64)])
    runs = codes[:-3] * scheme.G[0] + codes[1:-2] * scheme.G[1]
    runs += codes[2:-1] * scheme.G[2] + codes[3:] * scheme.G[3]
    for row in np.flatnonzero((sizes > 0) & (sizes < 4)):
        runs[begins[row]] = (codes[begins[row] : bounds[row + 1]] * scheme.G[: sizes[row]]).sum(
            dtype=np.uint64
        )
    numbers, ends = _runs(begins, np.where(sizes > 0, np.maximum(sizes - 3, 1), 0))
    return _top(mix(runs[numbers])), ends


def characters(phrases: Phrases) -> tuple[Hashes, Integers]:
    """Return a number for each UTF-8 character, its bytes in a row, and the phrases' ends counted in characters."""
    letters, ends = phrases.buffer, phrases.ends
    codes = letters.astype(np.uint64)
    is_inner = (letters & 0xC0) == 0x80
    if not is_inner.any():
        return codes, ends
    for step in (1, 2, 3):
        # The step-th byte of a character is inner and has only inner ones between itself and the first.
        follows = is_inner[step:].copy()
        for between in range(1, step):
            follows &= is_inner[between : len(is_inner) - step + between]
        heads = np.flatnonzero(follows)
        codes[heads] = (codes[heads] << np.uint64(8)) | letters[heads + step]
    is_head = ~is_inner
    return codes[is_head], np.concatenate([[0], np.cumsum(is_head)])[ends]


def _top(values: Hashes) -> Shingles:
    return (values >> np.uint64(32)).astype(np.uint32)


def _bands(shingles: Shingles, ends: Integers, seeds: Hashes) -> Bands:
    """Return the bands of each set of shingles, `(sets, 25) int64`."""
    begins = np.concatenate([[0], ends[:-1]])
    some = np.flatnonzero(begins < ends)
    least = np.full((scheme.PERMUTATIONS, len(ends)), 0xFFFFFFFF, np.uint32)
    if len(some):
        step = max(1, _BLOCK // len(shingles))
        for start in range(0, scheme.PERMUTATIONS, step):
            values = scheme.A[start : start + step, np.newaxis] * shingles
            values += scheme.B[start : start + step, np.newaxis]
            least[start : start + step, some] = np.minimum.reduceat(values, begins[some], axis=1)
    rows = least[: scheme.BANDS * scheme.ROWS].T.reshape(len(ends), scheme.BANDS, scheme.ROWS)
    return mix((rows * scheme.F).sum(axis=2, dtype=np.uint64) + seeds).view(np.int64)


def _distinct(shingles: Shingles, ends: Integers) -> Sets:
    """Sort each set's shingles and keep each once."""
    sizes = np.diff(ends, prepend=0)
    owners = np.repeat(np.arange(len(ends), dtype=np.uint64), sizes) << np.uint64(32)
    packed = np.sort(owners | shingles)
    packed = packed[np.concatenate([np.ones(min(1, len(packed)), np.bool_), packed[1:] != packed[:-1]])]
    owners = packed >> np.uint64(32)
    return Sets(packed.astype(np.uint32), np.searchsorted(owners, np.arange(len(ends) + 1, dtype=np.uint64)))


def _shared(sets: Sets, pairs: Integers) -> Integers:
    sizes = np.diff(sets.ends)
    halves = []
    for side in pairs.T:
        numbers, _ = _runs(sets.ends[side], sizes[side])
        owners = np.repeat(np.arange(len(pairs), dtype=np.uint64), sizes[side]) << np.uint64(32)
        halves.append(owners | sets.values[numbers])
    packed = np.sort(np.concatenate(halves))
    twice = packed[:-1][packed[1:] == packed[:-1]] >> np.uint64(32)
    return np.bincount(twice.astype(np.int64), minlength=len(pairs))
