"""Which rows are brought together: all that share a band, and in a crowded bucket neighbours, whatever the order."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crowd.domain.similarity import candidates


def propose(bands, keys=None):
    """Return the pairs, and how many buckets were too large, for a table of rows by bands."""
    table = np.array(bands, np.int64)
    keys = np.arange(len(table)) if keys is None else np.array(keys)
    columns = [column.copy() for column in table.T]
    pairs, cut = candidates.candidates(columns, np.arange(len(table)), keys.astype(np.uint64))
    return set(map(tuple, pairs.tolist())), cut


@pytest.fixture
def small_cap(monkeypatch):
    monkeypatch.setattr(candidates, "BUCKET_CAP", 3)
    monkeypatch.setattr(candidates, "NEIGHBOURS", 1)


class TestCandidates:
    @given(st.lists(st.tuples(*[st.integers(0, 4)] * 3), min_size=1, max_size=12))
    def test_are_the_pairs_that_share_a_band_each_once(self, bands):
        expected = {
            (a, b)
            for b in range(len(bands))
            for a in range(b)
            if any(x == y for x, y in zip(bands[a], bands[b], strict=True))
        }
        assert propose(bands) == (expected, 0)

    def test_of_a_crowded_bucket_are_neighbours_by_key(self, small_cap):
        assert propose([[7]] * 5, keys=[50, 10, 40, 20, 30]) == ({(1, 3), (3, 4), (2, 4), (0, 2)}, 1)

    def test_that_another_band_shows_are_not_hidden_by_a_crowded_one(self, small_cap):
        bands = [[7, 99], [7, 1], [7, 2], [7, 3], [7, 99], [0, 4]]
        assert propose(bands) == ({(0, 1), (1, 2), (2, 3), (3, 4), (0, 4)}, 1)

    def test_are_looked_for_among_the_given_rows_alone(self):
        columns = [np.array([7, 7, 7])]
        pairs, _ = candidates.candidates(columns, np.array([0, 2]), np.arange(3, dtype=np.uint64))
        assert pairs.tolist() == [[0, 2]]
