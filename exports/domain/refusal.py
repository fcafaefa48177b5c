"""What a cut was refused for, and what would let it pass. Read from the problems that are kept. Pure."""

import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from exports.domain.provenance import WRITTEN_HERE
from exports.domain.release import Profile


class Fault(StrEnum):
    """What the records that refuse a cut have in common."""

    PROFILE = "profile"  # they do not fit it
    LICENCE = "licence"  # they do not permit the one that was asked for
    TEXTS = "texts"  # they are not stored as they were approved
    SEVERAL = "several"


# The gate's rules that say nothing of the profile.
_OF_RULES = {"licence.choice": Fault.LICENCE, "sha256": Fault.TEXTS}


@dataclass(frozen=True, slots=True)
class WaysOut:
    """Empty where there is no such way."""

    without_sources: tuple[str, ...] = ()  # without these alone nothing would be refused
    profile: str = ""  # the one that would take every record
    any_licence: bool = False  # asking for no licence would be enough

    @property
    def in_words(self) -> str:
        """The ways as options of `cut_release`."""
        options = []
        if self.without_sources:
            options.append(shlex.join(["--without-source", *self.without_sources]))
        if self.profile:
            options.append(f"--profile {self.profile}")
        ways = ["without --licence"] if self.any_licence else []
        if options:
            ways.append(f"with {' or '.join(options)}")
        return f"It would pass {' or '.join(ways)}." if ways else ""


def ways_out(problems: Iterable[Mapping[str, Any]]) -> WaysOut:
    """The ways out of these problems, as `gate.Problem` keeps them; those kept before they had a source give none."""
    of_records = [problem for problem in problems if problem["id"]]
    if not of_records:
        return WaysOut()
    sources = {problem.get("source", "") for problem in of_records}
    return WaysOut(
        without_sources=() if sources & {"", WRITTEN_HERE} else tuple(sorted(sources)),
        profile=Profile.RESEARCH.value if all(problem.get("research") for problem in of_records) else "",
        any_licence=fault(of_records) == Fault.LICENCE,
    )


def fault(problems: Iterable[Mapping[str, Any]]) -> Fault:
    """Why the records among these problems may not be released."""
    found = {_OF_RULES.get(problem["rule"], Fault.PROFILE) for problem in problems if problem["id"]}
    return found.pop() if len(found) == 1 else Fault.SEVERAL
