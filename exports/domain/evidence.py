"""Read a release's lines back into the records they came from, trusting nothing in them. Pure."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from crowd.domain.records import BadRecord, data_line, json_object, parse_record
from exports.domain.provenance import KEYS
from exports.domain.record import Grant, Passage, Record, Review, Source, Texts

# What the members of a provenance line hold.
_TYPES: dict[str, type | tuple[type, ...]] = {
    "id": str,
    "version": int,
    "category": str,
    "origin": str,
    "licence": str,
    "grant": (dict, type(None)),
    "source": str,
    "passage": (dict, type(None)),
    "author": (str, type(None)),
    "reviews": list,
    "checks": list,
    "sha256": str,
}
_GRANT = {"licence": str, "wording": str, "wording_sha256": str}
_IMPORT = {"licence": str, "attribution": str, "unpinned": bool}
_PAGE = {
    "wiki": str,
    "title": str,
    "page_id": (int, type(None)),
    "revision_id": int,
    "section": str,
    "url": str,
    "licence": str,
    "unpinned": bool,
    "verified": bool,
    "sha256": str,
}


class BadLine(ValueError):
    """A line is not written the way a release writes it; the message says what is wrong."""


def read_texts(line: bytes) -> tuple[Texts, str]:
    """The texts and the category of a data line. Raises BadLine where one byte is not a release's spelling."""
    try:
        found = parse_record(line)
        spelled = data_line(*found)
    except (BadRecord, UnicodeEncodeError):  # half a surrogate pair, escaped, has no bytes of its own
        spelled = b""
    if spelled != line:
        raise BadLine("the data is not a record as a release writes it")
    return Texts(found.instruction, found.context, found.response), found.category


def read_provenance(line: bytes) -> dict[str, Any]:
    """The members of a provenance line, each of its type. Raises BadLine."""
    try:
        entry = json_object(line)
    except BadRecord as reason:
        raise BadLine(f"the provenance is {reason}") from None
    if tuple(entry) != KEYS:
        raise BadLine(f"the provenance does not have the keys {', '.join(KEYS)}")
    for key in KEYS:
        if not _is(entry[key], _TYPES[key]):
            raise BadLine(f"the provenance has its {key} of another type")
    _require_members(entry)
    return entry


def record_behind(texts: Texts, entry: dict[str, Any], *, key_of: Callable[[str], int]) -> Record:
    """The record that gave these lines. `key_of` gives a pseudonym its inner key.

    A dataset's own origin is not told; its record's stands for it.
    """
    return Record(
        id=entry["id"],
        version=entry["version"],
        category=entry["category"],
        line=data_line(texts.instruction, texts.context, texts.response, entry["category"]),
        origin=entry["origin"],
        licence=entry["licence"],
        author=None if entry["author"] is None else key_of(entry["author"]),
        grant=_grant(entry),
        source=_source(entry),
        passage=_passage(entry["passage"]),
        reviews=tuple(Review(key_of(review["reviewer"]), review["decision"]) for review in entry["reviews"]),
        checks=tuple((check["rule"], check["severity"], check["field"]) for check in entry["checks"]),
        sha256=entry["sha256"],
    )


def _require_members(entry: dict[str, Any]) -> None:
    try:
        UUID(entry["id"])
    except ValueError:
        raise BadLine("the provenance has an id that is no UUID") from None
    imported = is_imported(entry)
    _require_map(entry["grant"], _IMPORT if imported else _GRANT, "grant")
    if entry["passage"] is not None:
        _require_map(entry["passage"], {**_IMPORT, "sha256": str} if imported else _PAGE, "passage")
    for review in entry["reviews"]:
        _require_map(review, {"reviewer": str, "decision": str}, "review")
    for check in entry["checks"]:
        _require_map(check, {"rule": str, "severity": str, "field": str}, "check")


def is_imported(entry: dict[str, Any]) -> bool:
    """Whether a dataset's licence and attribution stand for the record, which then has no author here."""
    return entry["author"] is None


def _require_map(value: object, members: dict[str, Any], name: str) -> None:
    if not isinstance(value, dict):
        raise BadLine(f"the provenance has no {name}")
    for member, kind in members.items():
        if not _is(value.get(member, ...), kind):
            raise BadLine(f"the provenance has a {name} without its {member}")


def _is(value: object, kind: type | tuple[type, ...]) -> bool:
    """Whether a value is of a JSON type; true and false are no numbers."""
    kinds = kind if isinstance(kind, tuple) else (kind,)
    return type(value) in kinds


def _grant(entry: dict[str, Any]) -> Grant | None:
    if is_imported(entry):
        return None
    grant = entry["grant"]
    return Grant(wording=grant["wording"], sha256=grant["wording_sha256"], licence=grant["licence"])


def _source(entry: dict[str, Any]) -> Source | None:
    if not is_imported(entry):
        return None
    grant = entry["grant"]
    return Source(entry["source"], grant["licence"], entry["origin"], grant["attribution"])


def _passage(told: dict[str, Any] | None) -> Passage | None:
    if told is None:
        return None
    return Passage(
        wiki=told.get("wiki", ""),
        title=told.get("title", ""),
        page_id=told.get("page_id"),
        revision_id=told.get("revision_id", 0),
        section=told.get("section", ""),
        url=told.get("url", ""),
        licence=told["licence"],
        sha256=told["sha256"],
        is_verified=told.get("verified", False),
    )
