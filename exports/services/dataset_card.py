"""Render a release's card. Needs Django's templates and no database, so that a check can render it again."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation

from crowd.domain.licences import URLS
from exports.domain import card, quality_table, tombstone
from exports.domain.pictures import pictures
from exports.domain.release import Choice, Profile
from exports.domain.tombstone import Tombstone

# A card is read by people; more ids than this are for tombstones.jsonl alone.
MOST_ERRATA_SHOWN = 100


@dataclass(frozen=True)
class Facts:
    """All that a card tells. `about` is the manifest's, `told` what figures/quality.json holds."""

    about: Mapping[str, Any]
    holder: str
    choice: Choice
    wordings: Mapping[int, str]  # of the grant: number and text
    carried: list[Tombstone]
    told: Mapping[str, Any]


def exporter() -> str:
    """Who writes releases here: equal exporters give equal bytes."""
    return f"flock {settings.VERSION}"


def render(facts: Facts) -> str:
    """The card's text."""
    with translation.override("en"):
        return render_to_string("cards/dataset.md", _context(facts))


def _context(facts: Facts) -> dict[str, Any]:
    about, told, carried = facts.about, facts.told, facts.carried
    counts, licence = about["counts"], about["licence"]
    errata = [line for line in carried if line.release == about["parent"]]
    tables = ("licences", "passage_licences", "categories", "origins", "sources", "findings")
    return {
        **about,
        "front_matter": card.front_matter(dict(about)),
        "title": f"Flock {about['version']}",
        "holder": facts.holder,
        "licence_url": URLS.get(licence, ""),
        "mixed": card.is_mixed(licence),
        "beginnings": card.beginnings(counts),
        "is_research": about["profile"] == Profile.RESEARCH,
        "let_in": card.let_in(about),
        "choices": card.choices_in_words(facts.choice),
        "characters": list(counts["characters"].items()),
        "wordings": [
            {"number": number, "quoted": card.quoted(text)} for number, text in sorted(facts.wordings.items())
        ],
        "changes": counts.get("changes"),
        "tombstones": len(carried),
        "since": tombstone.count(errata),
        "errata": errata[:MOST_ERRATA_SHOWN],
        "errata_more": max(0, len(errata) - MOST_ERRATA_SHOWN),
        "quality": list(quality_table.rows(told)),
        "lengths": list(quality_table.lengths(told)),
        "pictures": list(pictures(counts["categories"], told)),
        **{table: card.shares(counts[table]) for table in tables},
    }
