"""The release gate: every record's origin, licence, grant and source against the profile. Pure; no flag bypasses it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from crowd.domain.licences import COMMERCIAL, HUMAN_ORIGINS, UNSTATED, is_commercial, release_licences
from crowd.domain.records import line_sha256
from exports.domain.provenance import WRITTEN_HERE
from exports.domain.record import Passage, Record
from exports.domain.release import Profile

# Hugging Face's word for a dataset that no single licence fits; each record then stands under its own.
NO_ONE_LICENCE = "other"


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a record may not be released. One is enough to refuse the whole cut."""

    id: str
    rule: str
    reason: str
    source: str = (
        ""  # the dataset it came with, or what was written here; empty where it is no record's fault
    )
    research: bool = False  # whether a research release would take it all the same

    def __str__(self) -> str:
        return f"{self.id} {self.rule}: {self.reason}"


def examine(record: Record, *, profile: str, licence: str = "") -> list[Problem]:
    """Everything that keeps a record out of a release of this profile, and of this licence where one is asked for."""
    found = _found(record, profile, licence)
    if not found:
        return []
    source = record.source.name if record.source else WRITTEN_HERE
    lasting = _found(record, Profile.RESEARCH, licence)
    return [
        Problem(record.id, rule, reason, source, research=(rule, reason) not in lasting)
        for rule, reason in found
    ]


def _found(record: Record, profile: str, licence: str) -> list[tuple[str, str]]:
    return [
        *_source(record),
        *_grant(record),
        *_origin(record, profile),
        *_licence(record.licence, profile),
        *(_passage(record, record.passage, profile) if record.passage else ()),
        *_choice(record, licence),
        *_bytes(record),
    ]


def licence_of(licences: Iterable[str], *, wanted: str = "") -> str:
    """The licence of a release of this material: the wanted one, else the preferred one of those that fit."""
    fitting = release_licences(licences)
    if wanted:
        return wanted
    return fitting[0] if fitting else NO_ONE_LICENCE


Found = Iterator[tuple[str, str]]


def _source(record: Record) -> Found:
    if record.source is None and record.author is None:
        yield "source", "nobody knows where it comes from: it has neither an author nor a dataset"


def _grant(record: Record) -> Found:
    if record.source is not None:
        if not _is_stated(record.source.licence):
            yield "grant", f"the dataset {record.source.name} states no licence"
    elif record.grant is None or not _is_stated(record.grant.licence):
        yield "grant", "its author gave no licence grant"


def _origin(record: Record, profile: str) -> Found:
    if profile != Profile.COMMERCIAL:
        return
    # A reviewer's edit does not turn a model's text into a person's: the dataset's own origin counts too.
    origins = [record.origin] + ([record.source.origin] if record.source else [])
    for origin in dict.fromkeys(origins):
        if origin not in HUMAN_ORIGINS:
            yield (
                "origin",
                f"its origin is {origin or 'not stated'}; a commercial release takes human and human-edited",
            )


def _licence(licence: str, profile: str) -> Found:
    if not _is_stated(licence):
        yield "licence", "its licence is not stated"
    elif profile == Profile.COMMERCIAL and not is_commercial(licence):
        yield "licence", f"a commercial release takes no text under {licence}"


def _passage(record: Record, passage: Passage, profile: str) -> Found:
    for _rule, reason in _licence(passage.licence, profile):
        yield "passage.licence", reason.replace("its licence", "its passage's licence")
    if record.source is not None:
        return  # unpinned: the dataset's licence and attribution stand for it
    if not passage.url.startswith(("https://", "http://")):
        yield "passage.url", "its passage has no address of a page"
    if not passage.revision_id:
        yield "passage.revision", "its passage names no revision of its page"


def _choice(record: Record, licence: str) -> Found:
    if not licence:
        return
    for given in dict.fromkeys(record.licences):
        if licence not in COMMERCIAL.get(given, ()):
            yield (
                "licence.choice",
                f"a text under {given or 'no stated licence'} cannot be released under {licence}",
            )


def _bytes(record: Record) -> Found:
    if line_sha256(record.line) != record.sha256:
        yield "sha256", "its stored texts are not the ones that were approved: their hash differs"


def _is_stated(licence: str) -> bool:
    return licence not in {"", UNSTATED}
