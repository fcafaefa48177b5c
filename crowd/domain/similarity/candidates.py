"""Which rows to compare: those that share a band, whatever the order they come in. Pure, numpy."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from crowd.domain.similarity.scheme import Hashes

Integers = NDArray[np.int64]

# Texts that share a band are all compared up to this many (dolly-15k's largest bucket has 168). In a larger bucket,
# as a file of one template has it, each is compared with its neighbours in the order of their keys alone.
BUCKET_CAP = 200
NEIGHBOURS = 20


def candidates(columns: Sequence[Integers], rows: Integers, keys: Hashes) -> tuple[Integers, int]:
    """Return the pairs of rows that share a band, `(pairs, 2)`, lower first, and how many buckets were past the cap.

    `columns` are the hashes of all rows, band by band, and are written to; `rows` those to look at; `keys` tell them apart.
    """
    found: list[Integers] = []
    cut = 0
    for band, column in enumerate(columns):
        order, hashes, sizes = _buckets(column, rows)
        is_crowded = sizes > BUCKET_CAP
        pairs = [_apart(order, hashes, np.where(is_crowded, 0, sizes))]
        if is_crowded.any():
            crowded, hashes = order[is_crowded], hashes[is_crowded]
            cut += len(np.unique(hashes))
            crowded = crowded[np.lexsort([keys[crowded], hashes])]
            pairs.append(_apart(crowded, hashes, np.full(len(crowded), NEIGHBOURS + 1)))
        found += [_not_seen(block, columns[:band]) for blocks in pairs for block in blocks]
        if is_crowded.any():
            # Not all of these were compared, so none of them counts as seen: all different from here on.
            column[crowded] = crowded
    return _distinct(found), cut


def _buckets(column: Integers, rows: Integers) -> tuple[Integers, Integers, Integers]:
    """Return the rows that are not alone with their hash, sorted by it, their hashes, and their buckets' sizes."""
    hashes = column[rows]
    order = _likely_shared(hashes)
    order = order[np.argsort(hashes[order])]
    hashes = hashes[order]
    begins = np.flatnonzero(np.concatenate([hashes[:1] == hashes[:1], hashes[1:] != hashes[:-1]]))
    counts = np.diff(begins, append=len(hashes))
    sizes = np.repeat(counts, counts)
    is_shared = sizes > 1
    return rows[order[is_shared]], hashes[is_shared], sizes[is_shared]


def _likely_shared(hashes: Integers) -> Integers:
    """Return the places of the hashes that occur more than once, and of a few others: so that fewer are sorted."""
    size = 4 << len(hashes).bit_length()
    slots = hashes & (size - 1)
    places = np.arange(len(hashes), dtype=np.int32)
    last = np.empty(size, np.int32)
    last[slots] = places
    is_met_again = np.zeros(size, np.bool_)
    is_met_again[slots[last[slots] != places]] = True
    return np.flatnonzero(is_met_again[slots])


def _apart(order: Integers, hashes: Integers, reach: Integers) -> Iterator[Integers]:
    """Yield the pairs of rows with one hash that are less than their reach apart in the order given."""
    heads = np.arange(len(order))
    distance = 0
    while len(heads):
        distance += 1
        heads = heads[(reach[heads] > distance) & (heads + distance < len(order))]
        heads = heads[hashes[heads] == hashes[heads + distance]]
        one, other = order[heads], order[heads + distance]
        yield np.column_stack([np.minimum(one, other), np.maximum(one, other)])


def _not_seen(pairs: Integers, earlier: Sequence[Integers]) -> Integers:
    """Leave out the pairs that an earlier band has brought together."""
    for column in earlier:
        pairs = pairs[column[pairs[:, 0]] != column[pairs[:, 1]]]
    return pairs


def _distinct(found: list[Integers]) -> Integers:
    pairs = np.concatenate([np.empty((0, 2), np.int64), *found])
    packed = np.unique((pairs[:, 0] << 32) | pairs[:, 1])
    return np.column_stack([packed >> 32, packed & 0xFFFFFFFF])
