"""Marks that are no part of a text: those the training prompt reserves, and an encyclopedia page's footnotes."""

from collections.abc import Iterator

from crowd.domain import text
from crowd.domain.checks.model import Check, Span, each_field, matches
from crowd.domain.passages import find_citation_markers


def _prompt_marker(found: str) -> str:
    return f"Remove or reword “{found}”: the training prompt reserves it, and a text that has it cannot be learnt from."


def _citation_marker(found: str) -> str:
    return f"Remove the citation marker {found}: it belongs to the page, not to the text."


def _prompt_markers(value: str) -> Iterator[Span]:
    return matches(text.PROMPT_MARKER)(value) if "###" in value or "<|" in value else iter(())


def _citations(value: str) -> Iterator[Span]:
    return ((marker.start, marker.end) for marker in find_citation_markers(value))


CHECKS = (
    Check(
        "prompt.marker",
        1,
        "error",
        "field",
        each_field(_prompt_markers, _prompt_marker),
        at_door=True,
    ),
    Check("citation.marker", 1, "warning", "field", each_field(_citations, _citation_marker), at_door=True),
)
