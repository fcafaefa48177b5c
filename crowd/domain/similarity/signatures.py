"""Sets of shingles: how much two of them share, and the keys that equal texts have. Pure, numpy."""

from hashlib import blake2b

import numpy as np

from crowd.domain.similarity.scheme import Shingles


def text_key(text: str) -> bytes:
    """Return 16 bytes that equal texts share."""
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()


def shared(a: Shingles, b: Shingles) -> float:
    """Return the Jaccard similarity of two sorted sets of shingles: shared ones over all."""
    both = len(np.intersect1d(a, b, assume_unique=True))
    return both / max(1, len(a) + len(b) - both)


def can_reach(share: float, a: int, b: int) -> bool:
    """Say whether sets of these sizes can share so much (Jaccard), without looking at them."""
    return min(a, b) >= share * max(a, b)
