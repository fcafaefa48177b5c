"""What processes share is shared fairly; what they do together with one another `test_killed` shows with two."""

import os
from itertools import chain

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from training import model as models
from training.distributed import ALONE, Ranks, joined

ROWS = st.lists(st.lists(st.integers(), min_size=1), min_size=1).map(
    lambda rows: [[number] for number in range(len(rows))]
)


class TestDealing:
    @given(ROWS, st.integers(1, 9))
    def test_counts_every_row_once(self, rows, size):
        dealt = [Ranks(rank, size).deal(rows) for rank in range(size)]
        counting = [row for row, counts in chain.from_iterable(dealt) if counts]
        assert sorted(counting) == rows

    @given(ROWS, st.integers(1, 9))
    def test_gives_all_as_many(self, rows, size):
        assert len({len(Ranks(rank, size).deal(rows)) for rank in range(size)}) == 1


class TestOneAlone:
    def test_asks_nobody(self):
        assert ALONE.first
        assert not ALONE.abandoned
        assert (ALONE.sum(2.5), ALONE.any(flag=True), ALONE.told(lambda: "yes")) == (2.5, True, "yes")

    def test_raises_its_own_errors(self):
        def fail():
            raise OSError("no")

        for way in (ALONE.told, ALONE.together):
            with pytest.raises(OSError, match="no"):
                way(fail)

    def test_is_what_a_process_is_that_nobody_launched(self, monkeypatch):
        monkeypatch.delenv("WORLD_SIZE", raising=False)
        with joined() as ranks:
            assert ranks == ALONE


@pytest.mark.parametrize(("processes", "threads"), [("1", 8), ("3", 2), ("20", 1)])
def test_processes_of_one_machine_share_its_cores(processes, threads, monkeypatch):
    before = torch.get_num_threads()
    monkeypatch.setattr(os, "cpu_count", lambda: 8)
    monkeypatch.setenv("LOCAL_WORLD_SIZE", processes)
    try:
        models.use_threads(0)
        assert torch.get_num_threads() == threads
        models.use_threads(4)
        assert torch.get_num_threads() == 4
    finally:
        torch.set_num_threads(before)
