"""Two texts that are alike, ready to be read side by side, with the words marked that stand in both."""

from dataclasses import dataclass

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from crowd.domain.evidence import Span, pieces
from crowd.domain.matching import matching_parts
from crowd.models import Version
from crowd.services.similar import Similar

# A hint stands beside the form: the beginning of the other text is enough to recognise it.
HINT_CHARS = 240


@dataclass(frozen=True)
class Sides:
    """A text and another with their common words marked."""

    mine: SafeString
    theirs: SafeString


@dataclass(frozen=True)
class Likeness:
    """A look-alike of a version. Without sides it is not the reader's to see, or, of the response, not asked for."""

    other: Similar
    instruction: Sides | None = None
    response: Sides | None = None


@dataclass(frozen=True)
class Hint:
    """What a text that is being typed resembles: the other's instruction where the writer may see it."""

    why: str
    instruction: SafeString | None


def likeness_of(version: Version, other: Similar) -> Likeness:
    """Lay a look-alike beside the version under review."""
    if other.instruction is None or other.response is None:
        return Likeness(other)
    return Likeness(
        other,
        _sides(version.instruction, other.instruction),
        _sides(version.response, other.response),
    )


def hint_of(typed: str, other: Similar) -> Hint:
    """Show what is typed again elsewhere, as far as the writer may see it."""
    if other.instruction is None:
        return Hint(other.why, None)
    is_cut = len(other.instruction) > HINT_CHARS
    beginning = other.instruction[: HINT_CHARS - 1] + "…" if is_cut else other.instruction
    return Hint(other.why, _sides(typed, beginning).theirs)


def _sides(mine: str, theirs: str) -> Sides:
    in_mine, in_theirs = matching_parts(mine, theirs)
    return Sides(_marked(mine, in_mine), _marked(theirs, in_theirs))


def _marked(text: str, spans: list[Span]) -> SafeString:
    parts = (
        format_html('<mark class="same">{}</mark>', piece.text) if piece.covered_by else piece.text
        for piece in pieces(text, spans)
    )
    return format_html_join("", "{}", ((part,) for part in parts))
