"""The figures of a release: counted from its records while they are written, shown by card, manifest and pages. Pure."""

from array import array
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from exports.domain.provenance import WRITTEN_HERE
from exports.domain.record import Record

FIELDS = ("instruction", "context", "response")
PERCENTILES = (("median", 50), ("p95", 95))


@dataclass
class Figures:
    """Adds records up. People are counted, never named."""

    records: int = 0
    categories: Counter[str] = field(default_factory=Counter)
    origins: Counter[str] = field(default_factory=Counter)
    licences: Counter[str] = field(default_factory=Counter)
    passage_licences: Counter[str] = field(default_factory=Counter)
    sources: Counter[str] = field(default_factory=Counter)
    findings: Counter[str] = field(default_factory=Counter)
    wordings: Counter[str] = field(default_factory=Counter)
    reviewed: int = 0
    authors: set[int] = field(default_factory=set)
    reviewers: set[int] = field(default_factory=set)
    lengths: dict[str, "array[int]"] = field(default_factory=lambda: {name: array("I") for name in FIELDS})

    def add(self, record: Record) -> None:
        self.records += 1
        self.categories[record.category] += 1
        self.origins[record.origin] += 1
        self.licences[record.licence] += 1
        self.sources[record.source.name if record.source else WRITTEN_HERE] += 1
        self.findings.update({rule for rule, _severity, _field in record.checks})
        if record.passage:
            self.passage_licences[record.passage.licence] += 1
        if record.grant:
            self.wordings[record.grant.wording] += 1
        if record.author is not None:
            self.authors.add(record.author)
        self.reviewed += bool(record.reviews)
        self.reviewers.update(review.reviewer for review in record.reviews)
        for name in FIELDS:
            if text := getattr(record.texts, name):
                self.lengths[name].append(len(text))

    def counts(self, *, pages: int) -> dict[str, Any]:
        """What manifest, card and pages tell. Keys are sorted, so that equal records give equal bytes."""
        return {
            "records": self.records,
            "categories": _sorted(self.categories),
            "origins": _sorted(self.origins),
            "licences": _sorted(self.licences),
            "passage_licences": _sorted(self.passage_licences),
            "sources": _sorted(self.sources),
            "with_context": len(self.lengths["context"]),
            "pages": pages,
            "authors": len(self.authors),
            "reviewers": len(self.reviewers),
            "reviewed": self.reviewed,
            "findings": _sorted(self.findings),
            "characters": {name: spread(values) for name, values in self.lengths.items() if values},
        }


def spread(values: "array[int]") -> dict[str, int]:
    """Least, median, 95th percentile (nearest rank) and most, of at least one value."""
    ordered = sorted(values)
    ranks = {name: ordered[-(-percent * len(ordered) // 100) - 1] for name, percent in PERCENTILES}
    return {"min": ordered[0], **ranks, "max": ordered[-1]}


def _sorted(counter: Counter[str]) -> dict[str, int]:
    return dict(sorted(counter.items()))
