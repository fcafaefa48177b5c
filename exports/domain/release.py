"""What a release is called, where it stands, and which moves between its states are legal. Pure."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

# https://semver.org, without build metadata: two releases that differ in it alone would have the same precedence.
MAX_VERSION_DIGITS = 9  # of each number
_NUMBER = rf"(0|[1-9][0-9]{{0,{MAX_VERSION_DIGITS - 1}}})"
_SEMVER = re.compile(
    rf"{_NUMBER}\.{_NUMBER}\.{_NUMBER}"
    r"(?:-((?:0|[1-9][0-9]*|[0-9]*[A-Za-z-][0-9A-Za-z-]*)(?:\.(?:0|[1-9][0-9]*|[0-9]*[A-Za-z-][0-9A-Za-z-]*))*))?"
)
_ANY_LENGTH = re.compile(r"(?:0|[1-9][0-9]*)(?:\.(?:0|[1-9][0-9]*)){2}(?:-|\Z)")
MAX_VERSION_CHARS = 64
FIRST_VERSION = "1.0.0"


class State(StrEnum):
    """Where a release stands. Publishing is a separate, recorded act."""

    CUTTING = "cutting"
    READY = "ready"
    FAILED = "failed"


class Profile(StrEnum):
    """What a release may hold. `gate.py` says what each one asks."""

    COMMERCIAL = "commercial"
    RESEARCH = "research"


class Action(StrEnum):
    """What can happen to a release. An event records the action by this name."""

    CUT = "cut"
    CUT_AGAIN = "cut_again"
    FINISH = "finish"
    FAIL = "fail"
    CANCEL = "cancel"
    PUBLISH = "publish"


MOVES: dict[tuple[State, Action], State] = {
    (State.CUTTING, Action.FINISH): State.READY,
    (State.CUTTING, Action.FAIL): State.FAILED,
    (State.CUTTING, Action.CANCEL): State.FAILED,
    # A cut whose process was killed is begun anew; the old one can no longer finish.
    (State.CUTTING, Action.CUT_AGAIN): State.CUTTING,
    # A refused or failed cut does not burn its version.
    (State.FAILED, Action.CUT_AGAIN): State.CUTTING,
    (State.READY, Action.PUBLISH): State.READY,
}


class IllegalMove(Exception):
    """This action is not possible from the state the release is in."""

    def __init__(self, state: str, action: str) -> None:
        super().__init__(f"A release that is {state} cannot take the action {action}.")
        self.state = state
        self.action = action


@dataclass(frozen=True)
class Choice:
    """Which records a release takes and under which licence. Leaving records out is a choice, and the card lists it."""

    profile: str = Profile.COMMERCIAL
    licence: str = ""  # empty: the preferred one of those that fit
    categories: tuple[str, ...] = ()  # empty: all
    sources: tuple[str, ...] = ()  # empty: all, and what was written here
    without_sources: tuple[str, ...] = ()

    def as_options(self) -> dict[str, Any]:
        """The choice as it is stored with the release."""
        return {**asdict(self), "profile": str(self.profile)}

    @classmethod
    def from_options(cls, options: Mapping[str, Any]) -> "Choice":
        """What `as_options` stored; JSON made the tuples lists."""
        fields: dict[str, Any] = {n: tuple(v) if isinstance(v, list) else v for n, v in options.items()}
        return cls(**fields)


def next_state(state: str, action: str) -> State:
    """The state that `action` leads to from `state`. Raises IllegalMove where the table has no such move."""
    try:
        return MOVES[State(state), Action(action)]
    except (KeyError, ValueError):
        raise IllegalMove(state, action) from None


def is_version(text: str) -> bool:
    """Whether the text is a semantic version, written without a v."""
    return len(text) <= MAX_VERSION_CHARS and _SEMVER.fullmatch(text) is not None


def is_long_version(text: str) -> bool:
    """Whether the text begins as a semantic version does, and is refused for its length."""
    if _ANY_LENGTH.match(text) is None:
        return False
    numbers = text.partition("-")[0].split(".")
    return len(text) > MAX_VERSION_CHARS or max(map(len, numbers)) > MAX_VERSION_DIGITS


def precedence(version: str) -> tuple[list[int], list[tuple[int, int, str]]]:
    """A key that sorts versions as SemVer section 11 says: 1.0.0-rc.1 before 1.0.0."""
    match = _SEMVER.fullmatch(version)
    if match is None:
        raise ValueError(f"{version!r} is not a semantic version")
    numbers = [int(part) for part in match.groups()[:3]]
    if match[4] is None:
        return numbers, [(2, 0, "")]
    return numbers, [(0, int(part), "") if part.isdecimal() else (1, 0, part) for part in match[4].split(".")]


def newest(versions: Iterable[str]) -> str:
    """The highest of the versions; empty where there is none."""
    return max(versions, key=precedence, default="")


def newest_before(version: str, others: Iterable[str]) -> str:
    """The highest of the versions below this one, which it follows; empty where there is none.

    So 1.0.1, cut after 2.0.0, follows 1.0.0, and its changelog tells what a user of 1.0.x wants to know.
    """
    place = precedence(version)
    return newest(other for other in others if precedence(other) < place)


def suggest_version(taken: Iterable[str]) -> str:
    """The next version to offer: a minor step up from the highest there is, or the end of its pre-releases."""
    highest = max(taken, key=precedence, default=None)
    if highest is None:
        return FIRST_VERSION
    final, _, before = highest.partition("-")
    if before:
        return final
    major, minor, _patch = final.split(".")
    return f"{major}.{int(minor) + 1}.0"
