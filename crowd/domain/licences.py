"""Licences and origins: what each is, and which of them a commercial release may hold. Pure tables and questions."""

from collections.abc import Iterable
from enum import StrEnum


class Origin(StrEnum):
    """Who wrote a text."""

    HUMAN = "human"
    HUMAN_EDITED = "human-edited"
    MODEL = "model"
    UNKNOWN = "unknown"


HUMAN_ORIGINS = frozenset({Origin.HUMAN, Origin.HUMAN_EDITED})

GRANT_LICENCE = "CC-BY-SA-4.0"  # what contributors grant (DESIGN section 5)

# SPDX id -> the releases' licences that material under it may be published under, in order of preference.
# CC BY-SA 3.0 section 4(b) lets adaptations move to a later version, never back; CC BY and the permissive licences
# go into both. CC BY 4.0 cannot go into BY-SA 3.0: its 4.0 terms add conditions (database rights) that 3.0 lacks.
RELEASE_LICENCES = ("CC-BY-SA-4.0", "CC-BY-SA-3.0")
COMMERCIAL: dict[str, tuple[str, ...]] = {
    "CC0-1.0": ("CC-BY-SA-4.0", "CC-BY-SA-3.0"),
    "MIT": ("CC-BY-SA-4.0", "CC-BY-SA-3.0"),
    "Apache-2.0": ("CC-BY-SA-4.0", "CC-BY-SA-3.0"),
    "CC-BY-3.0": ("CC-BY-SA-4.0", "CC-BY-SA-3.0"),
    "CC-BY-4.0": ("CC-BY-SA-4.0",),
    "CC-BY-SA-3.0": ("CC-BY-SA-4.0", "CC-BY-SA-3.0"),
    "CC-BY-SA-4.0": ("CC-BY-SA-4.0",),
}

# Known, importable, and never in a commercial release.
NON_COMMERCIAL = frozenset(
    {"CC-BY-NC-3.0", "CC-BY-NC-4.0", "CC-BY-NC-SA-3.0", "CC-BY-NC-SA-4.0", "CC-BY-ND-4.0"}
)
UNSTATED = "NOASSERTION"  # SPDX's own word for "nobody said"

KNOWN = frozenset(COMMERCIAL) | NON_COMMERCIAL | {UNSTATED}

NAMES = {
    "CC0-1.0": "Creative Commons Zero 1.0",
    "MIT": "MIT License",
    "Apache-2.0": "Apache License 2.0",
    "CC-BY-3.0": "Creative Commons Attribution 3.0",
    "CC-BY-4.0": "Creative Commons Attribution 4.0 International",
    "CC-BY-SA-3.0": "Creative Commons Attribution-ShareAlike 3.0 Unported",
    "CC-BY-SA-4.0": "Creative Commons Attribution-ShareAlike 4.0 International",
}

URLS = {
    "CC0-1.0": "https://creativecommons.org/publicdomain/zero/1.0/",
    "MIT": "https://opensource.org/license/mit",
    "Apache-2.0": "https://www.apache.org/licenses/LICENSE-2.0",
    "CC-BY-3.0": "https://creativecommons.org/licenses/by/3.0/",
    "CC-BY-4.0": "https://creativecommons.org/licenses/by/4.0/",
    "CC-BY-SA-3.0": "https://creativecommons.org/licenses/by-sa/3.0/",
    "CC-BY-SA-4.0": "https://creativecommons.org/licenses/by-sa/4.0/",
}


def is_commercial(licence: str) -> bool:
    """Whether material under this SPDX id may enter a commercial release."""
    return licence in COMMERCIAL


def release_licences(licences: Iterable[str]) -> tuple[str, ...]:
    """The licences a release of all this material may carry, the preferred one first; empty where none fits all."""
    allowed = set(RELEASE_LICENCES)
    for licence in set(licences):
        allowed &= set(COMMERCIAL.get(licence, ()))
    return tuple(licence for licence in RELEASE_LICENCES if licence in allowed)
