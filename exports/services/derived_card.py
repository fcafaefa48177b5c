"""Render a derived folder's card from the two manifests alone, so that a check can render it again."""

from typing import Any

from django.template.loader import render_to_string
from django.utils import translation

from crowd.domain.licences import URLS
from exports.domain import card, derived
from exports.domain.derived import Derived
from exports.domain.formats import PARQUET
from exports.domain.manifest import Manifest


def render(about: Manifest, made: Derived, *, holder: str) -> str:
    """The card's text; `about` is the release's manifest."""
    with translation.override("en"):
        return render_to_string("cards/derived.md", _context(about, made, holder))


def _context(about: Manifest, made: Derived, holder: str) -> dict[str, Any]:
    fields = card.fields(about.about) | {"configs": derived.configs(made), "derived": made.about}
    splits = made.counts["splits"]
    return {
        **made.about,
        "front_matter": card.dump(fields),
        "title": fields["pretty_name"],
        "licence": about.licence,
        "licence_url": URLS.get(about.licence, ""),
        "mixed": card.is_mixed(about.licence),
        "holder": holder,
        "configs": [config["config_name"] for config in fields["configs"]],
        "is_split": len(made.splits) > 1,
        "figures": [(split, share, splits[split]["records"]) for split, share in made.splits.items()],
        "apart": _parquet_apart(made),
    }


def _parquet_apart(made: Derived) -> str:
    """A Parquet file that no config names, or nothing."""
    is_apart = PARQUET in made.formats and len(made.formats) > 1
    return made.parts[0].path(PARQUET) if is_apart else ""
