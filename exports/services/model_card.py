"""The model card, written from the run each time it is asked for: what changes since, such as a withdrawal, is in it."""

import json
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation

from crowd.domain.licences import NAMES, URLS, Origin
from crowd.models import Event
from exports.domain import card, model_card
from exports.domain.judging import CONFIDENCE, Outcome
from exports.models import Comparison, Release, Run
from exports.services import judging, samples, tombstones
from exports.services.release_state import RELEASE_SUBJECT
from exports.services.run_files import RunFolder
from exports.services.run_results import last
from exports.services.samples import Sample
from training import prompts
from training.recipes import RECIPES

TEMPLATE = "cards/model.md"


def render(run: Run) -> str:
    """The whole card, in English whatever the reader's language: it goes out to everybody."""
    with translation.override("en"):
        return render_to_string(TEMPLATE, _context(run))


def name_of(run: Run) -> str:
    """What the model is called outside this site."""
    return f"flock-{run.release.version}-{run.recipe}"


def origin_of(run: Run) -> dict[str, Any]:
    """What made the model: enough to find its data again, and to repeat it."""
    return {
        "id": str(run.public_id),
        "release": run.release.version,
        "manifest_sha256": run.release.manifest_sha256,
        "data_sha256": run.data_sha256,
        "recipe": run.recipe,
        "seed": run.seed,
        "base": run.base or None,
        "base_licence": run.base_licence or None,
        "flock": run.code_version,
    }


def evaluation(run: Run) -> dict[str, Any]:
    """How the model did on the records its run held out: in all, then by category."""
    return dict(model_card.by_category(last(run, "evaluation")["evaluation"]))


def in_words(found: Outcome) -> str:
    """What a comparison says, without more than it can say."""
    if not found.is_significant:
        return "no significant difference"
    return "significantly better" if found.questions.wins > found.questions.losses else "significantly worse"


def against(comparison: Comparison) -> str:
    """The model that the run's was held against."""
    return comparison.against.name if comparison.against else comparison.run.base


def _context(run: Run) -> dict[str, Any]:
    about = _about(run)
    made = last(run, "plan")
    headings, rows = model_card.table(about["evaluation"])
    return {
        **about,
        "front_matter": model_card.front_matter(about),
        "run_row": run,
        "release": run.release,
        "beginnings": card.beginnings(run.release.counts),
        "let_in": card.let_in({"profile": run.release.profile, "counts": run.release.counts}),
        "has_models_texts": Origin.MODEL in run.release.counts["origins"],
        "plan": made["plan"],
        "parameters": RunFolder(run).identity().get("parameters"),
        "settings": _settings(run),
        "measures": headings,
        "measured": rows,
        "judged": [_judged(comparison, found) for comparison, found in judging.outcomes(run)],
        "confidence": f"{CONFIDENCE:.0%}",
        "samples": [_sample(sample) for sample in samples.of(run)],
        "mark": tombstones.in_words(tombstones.mark_of(run.release)),
        "licence_name": NAMES.get(about["licence"], about["licence"]),
        "licence_url": URLS.get(about["licence"], ""),
        "holder": settings.LICENCE_HOLDER,
        "prompt": prompts.question_text("{instruction}"),
        "exporter": f"flock {settings.VERSION}",
    }


def _about(run: Run) -> dict[str, Any]:
    """What the front matter tells."""
    release, began_from = run.release, run.base if run.began_from_base else ""
    licence = model_card.licence_of(release.licence, run.base_licence if began_from else "")
    return {
        "name": name_of(run),
        "licence": licence,
        "languages": card.languages(release.counts),
        "dataset": _dataset(release),
        "base_model": _base_model(run) if began_from else "",
        "evaluation": evaluation(run),
        "run": origin_of(run),
    }


def _base_model(run: Run) -> str:
    """As the hub calls it. A recipe that an earlier version had may be gone."""
    recipe = RECIPES.get(run.recipe)
    return model_card.base_id(run.base, recipe.base if recipe else "")


def _dataset(release: Release) -> str:
    """The release's repository at the hub, where it was pushed to one; else the name that its download has."""
    pushed = Event.objects.about(RELEASE_SUBJECT, release.version).filter(action="push").last()
    return str(json.loads(pushed.data)["repo_id"]) if pushed else f"flock-{release.version}"


def _settings(run: Run) -> list[tuple[str, object, bool]]:
    """Every setting with its value, and whether somebody chose it over the recipe's."""
    told = RunFolder(run).identity().get("settings") or run.overrides
    return [(key, value, key in run.overrides) for key, value in told.items()]


def _judged(comparison: Comparison, found: Outcome) -> dict[str, Any]:
    rate = "–" if found.win_rate is None else f"{found.win_rate:.0%}"
    return {
        "against": against(comparison),
        "questions": found.questions,
        "judgements": found.judgements.total,
        "rate": rate,
        "interval": f"{found.low:.0%} to {found.high:.0%}",
        "words": in_words(found),
    }


def _sample(sample: Sample) -> dict[str, Any]:
    version = sample.answer.record.version
    return {
        "category": version.category.key,
        "instruction": model_card.fenced(version.instruction),
        "context": model_card.fenced(version.context) if version.context else "",
        "answer": model_card.fenced(sample.answer.text),
        "stopped": sample.answer.stopped,
        "is_held_out": sample.is_held_out,
    }
