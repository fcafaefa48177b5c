"""Train, validation and test: which records go where, so that no two that resemble one another part. Pure.

Where a record goes depends on its id and on what it resembles, on nothing else: not on the release, the order or a seed.
A record that resembles no other stays where it is in every later release, whatever is added and even when its text is
corrected. A group goes where the smallest of its members' numbers says, so it moves only when a newcomer brings a
smaller one.
"""

import hashlib
import re
from array import array
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate

TRAIN = "train"

_NAME = re.compile(r"[a-z][a-z0-9_]{0,30}")
_SHARE = re.compile(r"0?\.[0-9]{1,6}|1(?:\.0{1,6})?")
_SALT = b"flock split 1\n"
# Numbers of records are whole and below this.
_RANGE = 1 << 64


class BadSplits(ValueError):
    """These are no splits; the message says why and shows some that are."""


class EmptySplit(ValueError):
    """No record falls into a split that was asked for."""


@dataclass(frozen=True)
class Splits:
    """Names with the share of each as it was written, such as `0.9`. The shares add up to 1."""

    shares: tuple[tuple[str, str], ...] = ((TRAIN, "1"),)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(name for name, _share in self.shares)

    def assign(self, numbers: "array[int]", pairs: Iterable[tuple[int, int]]) -> list[int]:
        """Say for each record which split it goes to, by its number. Pairs of positions stay together.

        Raises EmptySplit.
        """
        ends = [int(end * _RANGE) for end in accumulate(Fraction(share) for _name, share in self.shares)]
        places = [_place(number, ends) for number in smallest_of_groups(numbers, pairs)]
        for split, name in enumerate(self.names):
            if split not in places:
                raise EmptySplit(
                    f"No record falls into {name}: the release is too small for this share. Ask for a larger one."
                )
        return places


WHOLE = Splits()


def parse_splits(text: str) -> Splits:
    """Read `train=0.9,validation=0.05,test=0.05`. Raises BadSplits."""
    shares = tuple(_parse_share(part) for part in text.split(","))
    names = {name for name, _share in shares}
    if len(names) != len(shares):
        raise BadSplits(f"{text!r} names a split twice.")
    if sum(Fraction(share) for _name, share in shares) != 1:
        raise BadSplits(f"The shares of {text!r} do not add up to 1.")
    return Splits(shares)


def number_of(record_id: str) -> int:
    """A record's own number: from its id, evenly spread below 2**64, and the same for ever."""
    return int.from_bytes(hashlib.sha256(_SALT + record_id.encode()).digest()[:8])


def smallest_of_groups(numbers: "array[int]", pairs: Iterable[tuple[int, int]]) -> "array[int]":
    """For each record the smallest number in its group: itself and whatever it is tied to, directly or by others."""
    leaders = array("L", range(len(numbers)))

    def leader(position: int) -> int:
        while leaders[position] != position:
            leaders[position] = leaders[leaders[position]]
            position = leaders[position]
        return position

    for a, b in pairs:
        one, other = leader(a), leader(b)
        if numbers[one] <= numbers[other]:
            leaders[other] = one
        else:
            leaders[one] = other
    return array("Q", (numbers[leader(position)] for position in range(len(numbers))))


def _parse_share(part: str) -> tuple[str, str]:
    name, _equals, share = part.strip().partition("=")
    if not _NAME.fullmatch(name) or not _SHARE.fullmatch(share) or not Fraction(share):
        raise BadSplits(f"{part!r} is no split: write train=0.9,validation=0.05,test=0.05.")
    return name, share


def _place(number: int, ends: list[int]) -> int:
    return next(split for split, end in enumerate(ends) if number < end)
