"""What would let a refused cut pass: leaving sources out, or the other profile. Read from the problems that are kept. Pure."""

import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from exports.domain.provenance import WRITTEN_HERE
from exports.domain.release import Profile


@dataclass(frozen=True, slots=True)
class WaysOut:
    """Empty where there is no such way."""

    without_sources: tuple[str, ...] = ()  # without these alone nothing would be refused
    profile: str = ""  # the one that would take every record

    @property
    def options(self) -> list[str]:
        """Each way as options of `cut_release`."""
        ways = []
        if self.without_sources:
            ways.append(shlex.join(["--without-source", *self.without_sources]))
        if self.profile:
            ways.append(f"--profile {self.profile}")
        return ways


def ways_out(problems: Iterable[Mapping[str, Any]]) -> WaysOut:
    """The ways out of these problems, as `gate.Problem` keeps them; those kept before they had a source give none."""
    of_records = [problem for problem in problems if problem["id"]]
    if not of_records:
        return WaysOut()
    sources = {problem.get("source", "") for problem in of_records}
    return WaysOut(
        without_sources=() if sources & {"", WRITTEN_HERE} else tuple(sorted(sources)),
        profile=Profile.RESEARCH.value if all(problem.get("research") for problem in of_records) else "",
    )
