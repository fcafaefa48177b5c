"""What the model card says about a run's model. The words stand in templates/cards/model.md. Pure."""

import re
from collections.abc import Mapping
from typing import Any

import yaml

from crowd.domain.licences import release_licences
from exports.domain.card import hub_licence
from exports.domain.gate import NO_ONE_LICENCE

# What a run measures on the records it held out, by the trainer's names, in the order of the card's columns.
MEASURES = {
    "records": "Records",
    "tokens": "Tokens",
    "loss": "Loss a token",
    "perplexity": "Perplexity",
    "bits_per_byte": "Bits a byte",
}
ALL = "all"
_BACKTICKS = re.compile(r"`+")


def licence_of(data: str, base: str) -> str:
    """The SPDX id a model can be passed on under: its data's, where the base it began from allows that; else `other`."""
    known = [licence for licence in (data, base) if licence]
    return data if data in release_licences(known) else NO_ONE_LICENCE


def front_matter(about: Mapping[str, Any]) -> str:
    """The card's YAML: Hugging Face's keys (https://huggingface.co/docs/hub/model-cards), and under `run` what made it."""
    fields = {
        "license": hub_licence(about["licence"]),
        **({"language": about["languages"]} if about["languages"] else {}),
        "library_name": "transformers",
        "pipeline_tag": "text-generation",
        "tags": ["instruction-tuning", "flock"],
        "datasets": [about["dataset"]],
        **(
            {"base_model": about["base_model"], "base_model_relation": "finetune"}
            if about["base_model"]
            else {}
        ),
        **({"model-index": [_results(about)]} if about["evaluation"] else {}),
        "run": about["run"],
    }
    return yaml.safe_dump(fields, sort_keys=False, allow_unicode=True, width=1_000)


def _results(about: Mapping[str, Any]) -> dict[str, Any]:
    """The figures on the records that were held out, as Hugging Face's `model-index` holds results."""
    measured = about["evaluation"][ALL]
    metrics = [
        {"type": name, "name": f"{MEASURES[name]}, on held-out records", "value": measured[name]}
        for name in ("loss", "perplexity")
        if measured.get(name) is not None
    ]
    dataset = {"type": about["dataset"], "name": about["dataset"], "split": "train"}
    task = {"type": "text-generation"}
    return {"name": about["name"], "results": [{"task": task, "dataset": dataset, "metrics": metrics}]}


def by_category(evaluation: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """The trainer's figures: `all`, then each category where it tells them apart; nothing where nothing was held out."""
    if not evaluation.get("records"):
        return {}
    categories = evaluation.get("categories") or {}
    return {ALL: evaluation, **{name: categories[name] for name in sorted(categories)}}


def table(evaluation: Mapping[str, Mapping[str, Any]]) -> tuple[list[str], list[tuple[str, list[str]]]]:
    """The headings, and a row of cells for everything that was measured; a measure that nothing has is left out."""
    told = [name for name in MEASURES if any(row.get(name) is not None for row in evaluation.values())]
    rows = [(name, [in_figures(row.get(measure)) for measure in told]) for name, row in evaluation.items()]
    return [MEASURES[name] for name in told], rows


def in_figures(value: object) -> str:
    """A number as a table shows it: whole ones whole, others to three places."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return "–"
    return f"{value:,}" if isinstance(value, int) else f"{value:,.3f}"


def fenced(text: str) -> str:
    """The text as a block of Markdown that shows it as it is: no run of backticks in it can end the block."""
    longest = max((len(run) for run in _BACKTICKS.findall(text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}text\n{text}\n{fence}"


def base_id(base: str, recipes_base: str) -> str:
    """How the hub calls a base NAME@REVISION: by the recipe's own name for it, where it is that one."""
    name = base.partition("@")[0]
    return recipes_base if name.casefold() == recipes_base.rpartition("/")[2].casefold() else name
