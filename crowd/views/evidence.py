"""A version's texts with each finding marked at its place, and the findings as they are listed below."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from crowd.domain import evidence
from crowd.models import Finding, Version

FIELDS = ("instruction", "context", "response")
GRAVEST_FIRST = ("error", "warning", "info")


@dataclass(frozen=True)
class Mark:
    """One marked place, by its number within the field."""

    number: int
    id: str


@dataclass
class Remark:
    """A finding as it is listed; the same one at several places has several marks, one about all of a text has none."""

    severity: str
    rule: str
    message: str
    marks: list[Mark] = field(default_factory=list)


@dataclass(frozen=True)
class MarkedText:
    """A text ready to be read, and the remarks about it."""

    html: SafeString
    remarks: list[Remark]


@dataclass(frozen=True)
class Evidence:
    """A version's three texts, and what is said about none of them alone."""

    instruction: MarkedText
    context: MarkedText
    response: MarkedText
    others: list[Remark]


def evidence_of(version: Version, findings: Iterable[Finding]) -> Evidence:
    """Mark what was found in a version's texts."""
    findings = list(findings)
    texts = {
        name: _marked(name, getattr(version, name), [row for row in findings if row.field == name])
        for name in FIELDS
    }
    return Evidence(**texts, others=_listed((row, None) for row in findings if row.field not in FIELDS))


def _marked(name: str, text: str, findings: list[Finding]) -> MarkedText:
    places = sorted(
        (row for row in findings if evidence.is_place(row.start, row.end, text)),
        key=lambda row: (row.start, row.end),
    )
    marks = [Mark(number, f"{name}-{number}") for number in range(1, len(places) + 1)]
    spans = [(row.start or 0, row.end or 0) for row in places]
    html = format_html_join(
        "", "{}", ((_piece(piece, places, marks),) for piece in evidence.pieces(text, spans))
    )
    whole = [(row, None) for row in findings if row not in places]
    return MarkedText(html, _listed([*whole, *zip(places, marks, strict=True)]))


def _piece(piece: evidence.Piece, places: list[Finding], marks: list[Mark]) -> str | SafeString:
    if not piece.covered_by:
        return piece.text
    over = sorted((places[number] for number in piece.covered_by), key=_gravity)
    notes = format_html_join("", "{}", ((_note(places[number], marks[number]),) for number in piece.ends))
    shown = evidence.shown(piece.text)
    return format_html(
        '<mark class="evidence evidence-{}{}" title="{}">{}</mark>{}',
        over[0].severity,
        "" if shown == piece.text else " evidence-hidden",
        "\n".join(dict.fromkeys(row.message for row in over)),
        shown,
        notes,
    )


def _note(finding: Finding, mark: Mark) -> SafeString:
    """The number after a marked place: it leads to the remark below, which leads back."""
    label = _("Remark %(number)s: %(message)s") % {"number": mark.number, "message": finding.message}
    return format_html(
        '<a class="evidence-note" id="place-{}" href="#remark-{}" aria-label="{}">{}</a>',
        mark.id,
        mark.id,
        label,
        mark.number,
    )


def _listed(rows: "Iterable[tuple[Finding, Mark | None]]") -> list[Remark]:
    """The remarks, the gravest first, then in the order of the text; one sentence about several places is said once."""
    remarks: dict[tuple[str, str, str], Remark] = {}
    for finding, mark in sorted(rows, key=lambda row: _gravity(row[0])):
        said = (finding.severity, finding.rule, finding.message)
        remark = remarks.setdefault(said, Remark(*said))
        remark.marks += [mark] if mark else []
    return list(remarks.values())


def _gravity(finding: Finding) -> int:
    return GRAVEST_FIRST.index(finding.severity) if finding.severity in GRAVEST_FIRST else len(GRAVEST_FIRST)
