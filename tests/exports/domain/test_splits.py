from array import array
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exports.domain.splits import (
    BadSplits,
    EmptySplit,
    Splits,
    number_of,
    parse_splits,
    smallest_of_groups,
)

NUMBERS = st.lists(st.integers(0, 2**64 - 1), min_size=1, max_size=30, unique=True)
THREE = Splits((("train", "0.8"), ("validation", "0.1"), ("test", "0.1")))


@st.composite
def tied(draw):
    """Records' numbers, and pairs of positions that may not part."""
    numbers = draw(NUMBERS)
    position = st.integers(0, len(numbers) - 1)
    return array("Q", numbers), draw(st.lists(st.tuples(position, position), max_size=30))


def ids(count):
    return [str(UUID(int=number)) for number in range(count)]


class TestReading:
    def test_keeps_the_order_and_the_words(self):
        assert parse_splits("train=0.9,validation=0.05, test=.05").shares == (
            ("train", "0.9"),
            ("validation", "0.05"),
            ("test", ".05"),
        )

    @pytest.mark.parametrize(
        "text",
        [
            "train",
            "train=0.9",
            "train=0.9,test=0.2",
            "train=1.5,test=-0.5",
            "train=0.5,train=0.5",
            "train=1,test=0.0",
            "Train=0.5,test=0.5",
            "../x=0.5,test=0.5",
            "train=1/2,test=1/2",
            "train=nan,test=1",
            "",
        ],
    )
    def test_refuses_what_cannot_be_meant(self, text):
        with pytest.raises(BadSplits):
            parse_splits(text)


class TestGroups:
    @given(tied())
    def test_what_is_tied_has_one_number_and_it_is_the_smallest(self, given_):
        numbers, pairs = given_
        groups = {position: {position} for position in range(len(numbers))}
        for a, b in pairs:
            both = groups[a] | groups[b]
            groups |= dict.fromkeys(both, both)
        expected = [min(numbers[member] for member in groups[position]) for position in range(len(numbers))]
        assert smallest_of_groups(numbers, pairs).tolist() == expected

    @given(tied(), st.randoms(use_true_random=False))
    def test_the_order_of_the_records_changes_nothing(self, given_, random):
        numbers, pairs = given_
        order = list(range(len(numbers)))
        random.shuffle(order)
        place = {old: new for new, old in enumerate(order)}
        moved = smallest_of_groups(
            array("Q", (numbers[old] for old in order)), [(place[a], place[b]) for a, b in pairs]
        )
        assert [moved[place[old]] for old in range(len(numbers))] == smallest_of_groups(
            numbers, pairs
        ).tolist()


class TestAssigning:
    def test_keeps_to_the_shares(self):
        places = THREE.assign(array("Q", map(number_of, ids(10_000))), [])
        assert [places.count(split) for split in range(3)] == pytest.approx([8_000, 1_000, 1_000], rel=0.05)

    @given(tied())
    def test_never_parts_what_is_tied(self, given_):
        numbers, pairs = given_
        one_of_each = array("Q", [0, 2**64 - 1])
        places = Splits((("train", "0.5"), ("test", "0.5"))).assign(numbers + one_of_each, pairs)
        assert all(places[a] == places[b] for a, b in pairs)

    @given(st.integers(100, 300))
    def test_a_newcomer_moves_nobody_it_does_not_resemble(self, count):
        numbers = [number_of(record_id) for record_id in ids(count + 50)]
        before = THREE.assign(array("Q", numbers[:count]), [(0, 1)])
        after = THREE.assign(array("Q", numbers), [(0, 1), (count, count + 1)])
        assert after[:count] == before

    def test_an_empty_split_is_refused_by_name(self):
        with pytest.raises(EmptySplit, match="falls into test"):
            Splits((("train", "0.5"), ("test", "0.5"))).assign(array("Q", [1, 2]), [])
