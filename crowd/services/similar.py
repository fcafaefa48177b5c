"""What a text resembles, as its writer or its reviewer may see it: never a word of a text that is not theirs to read."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from crowd.domain.similarity import Record
from crowd.models import Person, Version
from crowd.permissions import may_review_text, may_see_text
from crowd.queries import stored_look_alikes
from crowd.services import duplicates
from crowd.services.duplicates import Verdict

# The weakest kind: what the engine finds alike, and may well be about something else.
SIMILAR = "similar"


@dataclass(frozen=True)
class Similar:
    """One other text. Both texts are None where the person may not read it, and then `why` quotes nothing of it."""

    kind: str
    score: float
    why: str
    instruction: str | None
    response: str | None = None

    @property
    def may_differ(self) -> bool:
        """Whether it looks alike and may be about something else all the same."""
        return self.kind == SIMILAR


def similar_to(instruction: str, *, response: str = "", person: Person) -> list[Similar]:
    """What a text that is being typed resembles; the instruction of approved texts and of one's own."""
    found = duplicates.find(Record(instruction, "", response))
    return _shown(found, lambda version: may_see_text(person, version))


def look_alikes_for(reviewer: Person, version: Version) -> list[Similar]:
    """What the checks found a version to resemble; the instruction of what this reviewer may read."""
    found = [(row.other, row) for row in stored_look_alikes(version)]
    return _shown(found, lambda other: may_review_text(reviewer, other))


def _shown(found: Iterable[tuple[Version, Verdict]], may_see: Callable[[Version], bool]) -> list[Similar]:
    """The most telling match with each other version; that it has the same passage is told apart from its words."""
    best: dict[tuple[int, bool], tuple[Version, Verdict]] = {}
    for version, match in sorted(found, key=lambda pair: duplicates.most_telling_first(*pair)):
        best.setdefault((version.pk, match.on == "passage"), (version, match))
    return [_similar(version, match, may_see(version)) for version, match in best.values()][
        : duplicates.MOST_KEPT
    ]


def _similar(version: Version, match: Verdict, is_shown: bool) -> Similar:
    if is_shown:
        return Similar(match.kind, match.score, match.why, version.instruction, version.response)
    return Similar(match.kind, match.score, _why_hidden(match), None)


def _why_hidden(match: Verdict) -> str:
    """The engine's reason can quote a word of the other text, so a hidden one gets plain words instead."""
    return {
        ("text", False): _("Somebody else's text that is not approved yet is much the same."),
        ("text", True): _(
            "Somebody else's text that is not approved yet looks alike, but may say something else."
        ),
        ("instruction", False): _("Somebody else's instruction that is not approved yet asks much the same."),
        ("instruction", True): _(
            "Somebody else's instruction that is not approved yet looks alike, but may ask something else."
        ),
        ("passage", True): _("Somebody else's text that is not approved yet has the same passage."),
    }[match.on, match.kind == SIMILAR]
