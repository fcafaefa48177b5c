"""The line that tells where a record comes from; provenance.jsonl holds one for each line of the data. Pure."""

import json
from collections.abc import Callable
from typing import Any

from exports.domain.record import Grant, Passage, Record, Source

KEYS = (
    "id",
    "version",
    "category",
    "origin",
    "licence",
    "grant",
    "source",
    "passage",
    "author",
    "reviews",
    "checks",
    "sha256",
)
WRITTEN_HERE = "contributed"  # the source of what people wrote on this site


def provenance_line(record: Record, *, name_of: Callable[[int], str]) -> bytes:
    """The record's line. `name_of` gives a person's pseudonym; nothing here tells a name, a time or a text."""
    fields = {
        "id": record.id,
        "version": record.version,
        "category": record.category,
        "origin": record.origin,
        "licence": record.licence,
        "grant": _grant(record.grant, record.source),
        "source": record.source.name if record.source else WRITTEN_HERE,
        "passage": _passage(record.passage, record.source),
        "author": None if record.author is None else name_of(record.author),
        "reviews": [
            {"reviewer": name_of(review.reviewer), "decision": review.decision} for review in record.reviews
        ],
        "checks": [
            {"rule": rule, "severity": severity, "field": field} for rule, severity, field in record.checks
        ],
        "sha256": record.sha256,
    }
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _grant(grant: Grant | None, source: Source | None) -> dict[str, Any] | None:
    if source is not None:
        return {"licence": source.licence, "attribution": source.credit, "unpinned": True}
    if grant is None:
        return None
    return {"licence": grant.licence, "wording": grant.wording, "wording_sha256": grant.sha256}


def _passage(passage: Passage | None, source: Source | None) -> dict[str, Any] | None:
    if passage is None:
        return None
    if source is not None:
        return {
            "licence": passage.licence,
            "attribution": source.credit,
            "unpinned": True,
            "sha256": passage.sha256,
        }
    return {
        "wiki": passage.wiki,
        "title": passage.title,
        "page_id": passage.page_id,
        "revision_id": passage.revision_id,
        "section": passage.section,
        "url": passage.url,
        "licence": passage.licence,
        "unpinned": False,
        "verified": passage.is_verified,
        "sha256": passage.sha256,
    }
