from itertools import chain, islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.packing import batches, best_fit


class TestBestFit:
    def test_fills_the_fullest_row_that_takes_an_item(self):
        assert best_fit([6, 4, 3, 7], capacity=10) == [[3, 2], [0, 1]]

    @given(st.lists(st.integers(1, 50)))
    def test_places_every_item_once_within_capacity(self, lengths):
        rows = best_fit(lengths, capacity=50)
        assert sorted(chain.from_iterable(rows)) == list(range(len(lengths)))
        assert all(sum(lengths[item] for item in row) <= 50 for row in rows)

    def test_refuses_what_no_row_takes(self):
        with pytest.raises(ValueError, match="51 tokens"):
            best_fit([51], capacity=50)


class TestSteps:
    lengths = list(range(1, 11))

    def test_show_every_record_once_an_epoch(self):
        planned = batches(self.lengths, batch_records=4, capacity=20, seed=1)
        for _ in range(3):
            epoch = list(islice(planned, 3))
            assert [sum(map(len, rows)) for rows in epoch] == [4, 4, 2]
            assert sorted(item for rows in epoch for row in rows for item in row) == list(range(10))

    def test_follow_from_the_seed(self):
        first, again, other = (
            list(islice(batches(self.lengths, batch_records=4, capacity=20, seed=seed), 6))
            for seed in (1, 1, 2)
        )
        assert first == again
        assert first != other
