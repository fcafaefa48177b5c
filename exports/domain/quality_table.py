"""The figures of quality in words: a row each with its definition, for the card and the release's page. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from exports.domain.agreement import FEWEST_FOR_ALPHA

_NOT_MEASURABLE = "not measurable: no text was decided twice"


@dataclass(frozen=True, slots=True)
class Row:
    """One figure. `definition` says how it is counted and what it does not say."""

    label: str
    value: str
    definition: str


def rows(told: Mapping[str, Any]) -> Iterator[Row]:
    """What `quality.json` tells in short; the records' own figures first, then the site's word."""
    counted, stated = told["counted"], told["stated"]
    yield from _of_records(counted)
    yield from _of_reviews(stated)
    if languages := stated.get("languages"):
        yield Row(
            "Languages",
            _listed(languages),
            "Records by the language of instruction and response; short texts, lists and code are undetermined. By "
            "py3langid and English's small words: an estimate.",
        )


def lengths(told: Mapping[str, Any]) -> Iterator[tuple[str, list[str]]]:
    """The table of lengths: a category with `5 %, median, 95 %` of words of each field and characters of the response."""
    groups: Mapping[str, Any] = told["counted"]["lengths"]
    for name, fields in [*groups["by_category"].items(), ("all", groups["all"])]:
        cells = [_three(fields, field, "words") for field in ("instruction", "context", "response")]
        yield name, [*cells, _three(fields, "response", "characters")]


def _of_records(counted: Mapping[str, Any]) -> Iterator[Row]:
    passages, warnings, people = counted["passages"], counted["warnings"], counted["contributors"]
    yield Row(
        "Passages verified",
        f"{passages['verified']} verified, {passages['unverified']} not yet, {passages['unpinned']} unpinned",
        "Verified: the wiki confirmed the words in that revision. Unpinned: of an imported dataset, which names no "
        "revision. It says nothing of the response.",
    )
    yield Row(
        "Warnings standing",
        f"{warnings['standing']}, of which {warnings['approved_by_reviewers']} were approved by reviewers here",
        "Records whose released text has a warning of the checks. A warning is no fault.",
    )
    yield Row("Contributors", _people(people), _CONTRIBUTORS)


_CONTRIBUTORS = (
    "People who wrote records here, and their shares of those records. Gini: 0 is even, 1 is one person alone. Effective: "
    "so many people writing equally would be as diverse. None of it says how good a record is."
)


def _people(people: Mapping[str, Any]) -> str:
    if "gini" not in people:  # nobody, or few: releases of before these were counted do not tell
        return str(people["people"] or "none")
    return (
        f"{people['people']}; the most active wrote {people['top_person']:.1f} %, the most active tenth "
        f"{people['top_tenth']:.1f} %; Gini {people['gini']:.3f}, effective number {people['effective']:.1f}"
    )


def _of_reviews(stated: Mapping[str, Any]) -> Iterator[Row]:
    rates = stated["approval_rate"]
    yield Row(
        "Approval rate",
        _rate(stated["decisions"]["contributed"], rates["contributed"]),
        "Approvals among reviewers' decisions on texts contributed here, released or not; a text returned and approved "
        "later counts twice.",
    )
    if any(stated["decisions"]["imported"].values()):
        yield Row(
            "Approval rate, imported",
            _rate(stated["decisions"]["imported"], rates["imported"]),
            "The same of imported texts that were reviewed here; what came as approved was decided elsewhere.",
        )
    yield Row(
        "Agreement",
        _agreement(stated["agreement"]),
        "Pairs of decisions by two reviewers on the same text that are the same; Krippendorff's alpha (nominal) from "
        f"{FEWEST_FOR_ALPHA} texts on. Such texts were sent twice: they are no sample of the release.",
    )
    yield Row(
        "Approvals revoked",
        str(stated["approvals_revoked"]),
        "Texts that an admin took back after a reviewer's approval. One looked at again and kept leaves no trace.",
    )
    yield Row(
        "Duplicates removed",
        _duplicates(stated),
        "How often an exact copy of a released text was refused at the door or left out of an import (every try counts), "
        "texts rejected that resembled another one, and look-alikes that are both released.",
    )
    yield Row(
        "Findings cleared",
        str(stated["warnings_cleared"]),
        "Warnings on earlier versions of released texts, one per text and rule, gone in the released one.",
    )


def _duplicates(stated: Mapping[str, Any]) -> str:
    near = stated["near_duplicates"]
    # Releases of before they were counted do not tell.
    exact = (
        f"{_of(stated['exact_copies'], 'exact copy', 'exact copies')} refused; "
        if "exact_copies" in stated
        else ""
    )
    rejected = _of(near["rejected"], "near-duplicate", "near-duplicates")
    return f"{exact}{rejected} rejected; {_of(near['standing'], 'pair', 'pairs')} let stand"


def _of(count: int, one: str, several: str) -> str:
    return f"{count} {one if count == 1 else several}"


def _rate(decisions: Mapping[str, int], rate: float | None) -> str:
    if rate is None:
        return "no decisions"
    return f"{rate:.1f} % ({decisions['approve']} of {sum(decisions.values())} decisions)"


def _agreement(agreement: Mapping[str, Any]) -> str:
    if agreement["percent"] is None:
        return _NOT_MEASURABLE
    alpha = "" if agreement["alpha"] is None else f", alpha {agreement['alpha']:.3f}"
    return f"{agreement['percent']:.1f} % on {agreement['texts']} texts{alpha}"


def _listed(counts: Mapping[str, int]) -> str:
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return ", ".join(f"{name} {count}" for name, count in ordered)


def _three(fields: Mapping[str, Any], field: str, unit: str) -> str:
    if field not in fields:
        return "–"
    spread = fields[field][unit]
    return f"{spread['p5']} · {spread['p50']} · {spread['p95']}"
