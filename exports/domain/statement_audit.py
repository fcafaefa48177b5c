"""What manifest, card, Croissant file, attribution and licence state of a release, held against its records. Pure."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from crowd.domain.licences import URLS, release_licences
from exports.domain.attribution import credited
from exports.domain.card import hub_licence, is_mixed, read_front_matter, shares, size_category
from exports.domain.licence_file import names_licence
from exports.domain.manifest import ATTRIBUTION, CARD, CROISSANT, LICENCE, NAME, Manifest
from exports.domain.quality_audit import is_figure
from exports.domain.release import Profile

# The first cell of a table's head in the card, and the figures that the table shows.
_SHARES = {
    "Licence of the texts": "licences",
    "Licence of the passages": "passage_licences",
    "Category": "categories",
    "Origin": "origins",
    "Source": "sources",
}
_TALLIES = {"Check": "findings"}
_SPREADS = {"Characters": "characters"}
_PAIRS = re.compile(r"^(\d+) instruction/response pairs ", re.MULTILINE)


def figures(manifest: Manifest, counted: dict[str, Any]) -> Iterator[str]:
    """Whether the manifest's figures are those that its records give."""
    for key, value in counted.items():
        if manifest.counts.get(key) != value:
            yield f"{NAME} states {key} {_short(manifest.counts.get(key))}; the records give {_short(value)}"
    for key in uncounted(manifest, counted):
        if not is_figure(manifest.counts[key]):
            yield f"{NAME} states {key}, and they are no figures"


def uncounted(manifest: Manifest, counted: dict[str, Any]) -> list[str]:
    """The figures that the files alone cannot prove, such as how many were rejected."""
    return sorted(set(manifest.counts) - set(counted))


def licence(manifest: Manifest, text: str, licences: set[str]) -> Iterator[str]:
    """Whether every record permits the release's licence, and LICENSE names it."""
    if not is_mixed(manifest.licence) and manifest.licence not in release_licences(licences):
        yield f"not every record permits the licence {manifest.licence}"
    if is_mixed(manifest.licence) and manifest.profile == Profile.COMMERCIAL:
        yield "a commercial release has one licence"
    if not names_licence(text, manifest.licence):
        yield f"{LICENCE} does not name {manifest.licence}"


def attribution(text: str, needed: dict[str, str]) -> Iterator[str]:
    """Whether everybody is credited, once, with revision and licence, and nobody else."""
    found = credited(text)
    told = dict(found)
    for name in sorted(needed.keys() - told):
        yield f"{ATTRIBUTION} does not credit {name}"
    for name in sorted(told.keys() - needed):
        yield f"{ATTRIBUTION} credits {name}, which no record uses"
    for name, times in Counter(name for name, _facts in found).items():
        if times > 1:
            yield f"{ATTRIBUTION} credits {name} {times} times"
    for name in sorted(name for name in told.keys() & needed if told[name] != needed[name]):
        yield f"{ATTRIBUTION} credits {name} with {told[name]}; the records give {needed[name]}"


def card(manifest: Manifest, text: str, counted: dict[str, Any]) -> Iterator[str]:
    """Whether the card's front matter and its tables say what the manifest and the records say."""
    try:
        fields = read_front_matter(text)
    except ValueError as problem:
        yield f"{CARD}: {problem}"
        return
    if fields.get("license") != hub_licence(manifest.licence):
        yield f"{CARD} names another licence than {NAME}"
    if fields.get("release") != manifest.about:
        yield f"{CARD} and {NAME} do not tell the same of the release"
    if fields.get("size_categories") != [size_category(counted["records"])]:
        yield f"{CARD} names another size than that of its records"
    if _PAIRS.findall(text) != [str(counted["records"])]:
        yield f"{CARD} speaks of another number of pairs than {NAME}"
    shown = _tables(text)
    for heading, rows in _expected_tables(counted):
        if shown.get(heading) != rows:
            yield f"{CARD} shows another table {heading} than the records give"


def croissant(manifest: Manifest, text: str, counted: dict[str, Any]) -> Iterator[str]:
    """Whether the Croissant file describes this release and these files."""
    try:
        fields = json.loads(text)
    except (ValueError, RecursionError):
        yield f"{CROISSANT} is not JSON"
        return
    if not isinstance(fields, dict) or not isinstance(fields.get("distribution"), list):
        yield f"{CROISSANT} names no files"
        return
    stated = {
        "version": manifest.version,
        "license": URLS.get(manifest.licence, manifest.licence),
        "datePublished": manifest.created_at,
    }
    for key, value in stated.items():
        if fields.get(key) != value:
            yield f"{CROISSANT} has another {key} than {NAME}"
    if not str(fields.get("description")).startswith(f"{counted['records']} "):
        yield f"{CROISSANT} speaks of another number of pairs than {NAME}"
    files = {file.path: (file.sha256, f"{file.bytes} B") for file in manifest.files}
    for entry in fields["distribution"]:
        told = entry if isinstance(entry, dict) else {}
        path = str(told.get("contentUrl"))
        if files.get(path) != (told.get("sha256"), told.get("contentSize")):
            yield f"{CROISSANT} describes {path} otherwise than {NAME}"


def _expected_tables(counts: dict[str, Any]) -> Iterator[tuple[str, list[str]]]:
    """Heading and rows of the card's tables; a table without rows is left out of a card."""
    for heading, key in _SHARES.items():
        if counts[key]:
            yield heading, [_row(*cells) for cells in shares(counts[key])]
    for heading, key in _TALLIES.items():
        if counts[key]:
            yield heading, [_row(name, count) for name, count, _share in shares(counts[key])]
    for heading, key in _SPREADS.items():
        yield heading, [_row(name, *spread.values()) for name, spread in counts[key].items()]


def _row(*cells: object) -> str:
    return f"| {' | '.join(map(str, cells))} |"


def _tables(text: str) -> dict[str, list[str]]:
    """Each Markdown table's rows, by the first cell of its head; code marks are taken off."""
    tables: dict[str, list[str]] = {}
    rows: list[str] | None = None
    for line in text.replace("`", "").split("\n"):
        if not line.startswith("| "):
            rows = None
        elif rows is None:
            rows = tables.setdefault(line[2:].partition(" |")[0], [])
        elif not line.startswith("| ---"):
            rows.append(line)
    return tables


def _short(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 100 else f"{text[:100]}…"
