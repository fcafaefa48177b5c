"""What the dataset card says about a release. The words stand in templates/cards/dataset.md. Pure."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from crowd.domain.checks.language import UNDETERMINED
from crowd.domain.licences import HUMAN_ORIGINS, is_commercial
from exports.domain.gate import NO_ONE_LICENCE
from exports.domain.manifest import DATA
from exports.domain.provenance import WRITTEN_HERE
from exports.domain.release import Choice, Profile

# A release is in the languages of so many of the records whose language could be told; fewer are strays of an estimate.
FEWEST_OF_A_LANGUAGE_PERCENT = 5
# Hundreds of sources fit in; more is no card of ours, and reading YAML is slow.
MAX_FRONT_MATTER_CHARS = 256 * 1024
# Hugging Face's names (https://huggingface.co/tasks) for what the categories ask.
TASKS = ("text-generation", "question-answering", "summarization", "text-classification")
# Hugging Face's size_categories: below each number, the name.
_SIZES = (
    (10**3, "n<1K"),
    (10**4, "1K<n<10K"),
    (10**5, "10K<n<100K"),
    (10**6, "100K<n<1M"),
    (10**7, "1M<n<10M"),
    (10**8, "10M<n<100M"),
)

# Each list of names of a choice, and how the card begins to tell it.
_LEFT_OUT = {
    "categories": "Only these categories were taken: ",
    "sources": "Only records of these sources were taken: ",
    "without_sources": "Records of these sources were left out: ",
}
_CHOSEN = "The licence {} was chosen among those that all records permit."
_QUOTED = re.compile(r"^Contributors accepted, in wording (\d{1,9}):\n\n((?:>.*\n)+)", re.MULTILINE)


def front_matter(about: dict[str, Any]) -> str:
    """The card's YAML."""
    return dump(fields(about))


def dump(fields: dict[str, Any]) -> str:
    """YAML as a card begins with it."""
    return yaml.safe_dump(fields, sort_keys=False, allow_unicode=True, width=1_000)


def fields(about: dict[str, Any]) -> dict[str, Any]:
    """What the YAML holds: Hugging Face's keys, and under `release` what the manifest says too."""
    version = about["version"]
    spoken = languages(about["counts"])
    return {
        "license": hub_licence(about["licence"]),
        **({"language": spoken} if spoken else {}),
        "pretty_name": f"Flock {version}",
        "size_categories": [size_category(about["counts"]["records"])],
        "task_categories": list(TASKS),
        "tags": ["instruction-tuning"],
        "configs": [{"config_name": "default", "data_files": [{"split": "train", "path": DATA}]}],
        "release": about,
    }


def read_front_matter(card: str) -> dict[str, Any]:
    """The card's YAML again, whoever wrote it. Raises ValueError where it has none that a card of ours could have."""
    begun, _, rest = card.partition("---\n")
    block, end, _words = rest.partition("\n---\n")
    if begun or not end:
        raise ValueError("it does not begin with YAML between lines of ---")
    if len(block) > MAX_FRONT_MATTER_CHARS:
        raise ValueError("the YAML at its top is too long")
    try:
        fields = yaml.load(block, Loader=_PlainLoader)  # noqa: S506 -- a SafeLoader that takes even less
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise ValueError("the YAML at its top cannot be read") from error
    if not isinstance(fields, dict):
        raise ValueError("the YAML at its top is no mapping")  # noqa: TRY004 -- one kind of answer for callers
    return fields


class _PlainLoader(yaml.SafeLoader):
    """Reads YAML in a time that its length limits: without aliases, of which thirty lines make a billion pairs."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("a card needs no aliases")
        return super().compose_node(parent, index)

    def construct_decimal(self, node: yaml.ScalarNode) -> int:
        """A number as `front_matter` writes it. YAML 1.1's base 60 takes seconds for a long one."""
        return int(node.value)


_PlainLoader.add_constructor("tag:yaml.org,2002:int", _PlainLoader.construct_decimal)


def hub_licence(licence: str) -> str:
    """Hugging Face's id of a licence: SPDX's in small letters, or other."""
    return licence.lower()


def size_category(records: int) -> str:
    """Hugging Face's name for so many records."""
    return next((name for below, name in _SIZES if records < below), "100M<n<1B")


def languages(counts: Mapping[str, Any]) -> list[str]:
    """The languages that a release is in, the most frequent first, as far as they could be told (ISO 639)."""
    told = {name: number for name, number in counts.get("languages", {}).items() if name != UNDETERMINED}
    enough = FEWEST_OF_A_LANGUAGE_PERCENT * sum(told.values())
    ordered = sorted(told.items(), key=lambda item: (-item[1], item[0]))
    return [name for name, number in ordered if 100 * number >= enough]


def beginnings(counts: Mapping[str, Any]) -> str:
    """Who wrote the records, and how many of them somebody here has looked at."""
    records, written = counts["records"], counts["sources"].get(WRITTEN_HERE, 0)
    wrote = f"{_of(written, records)} written by people for this dataset" if written else ""
    took_over = (
        f"{_of(records - written, records)} taken over from other datasets" if written < records else ""
    )
    return (
        f"{', '.join(filter(None, (wrote, took_over)))}. Machines checked each of them; reviewers here approved "
        f"{_of(counts['reviewed'], records)} of them."
    )


def let_in(about: Mapping[str, Any]) -> list[str]:
    """What a research release holds that no commercial one takes, by the origins and licences that its records state."""
    if about["profile"] == Profile.COMMERCIAL:
        return []
    return list(_let_in(about["counts"]))


def _let_in(counts: Mapping[str, Any]) -> Iterator[str]:
    # By name: PostgreSQL keeps a JSON object's keys in an order of its own.
    for origin, number in sorted(counts["origins"].items()):
        if origin not in HUMAN_ORIGINS:
            yield f"{number} of origin {origin}"
    for words, key in (("under", "licences"), ("with a passage under", "passage_licences")):
        for licence, number in sorted(counts[key].items()):
            if not is_commercial(licence):
                yield f"{number} {words} {licence}"


def _of(part: int, whole: int) -> str:
    return {0: "none", whole: "all"}.get(part, str(part))


def choices_in_words(choice: Choice) -> list[str]:
    """What was left out on purpose, a sentence each."""
    said = [
        f"{words}{', '.join(names)}."
        for field, words in _LEFT_OUT.items()
        if (names := getattr(choice, field))
    ]
    return [*said, _CHOSEN.format(choice.licence)] if choice.licence else said


def told_choice(card: str, *, licence: str) -> Choice:
    """What a card says was left out on purpose: `choices_in_words` of it gives the same words."""
    _before, _heading, rest = card.partition("\n## What was chosen\n\n")
    lines = rest.partition("\n## ")[0].split("\n")
    names = {
        field: tuple(line.removeprefix(f"- {words}").removesuffix(".").split(", "))
        for field, words in _LEFT_OUT.items()
        for line in lines
        if line.startswith(f"- {words}")
    }
    chosen = licence if f"- {_CHOSEN.format(licence)}" in lines else ""
    return Choice.from_options({**names, "licence": chosen})


def quoted(text: str) -> str:
    """A text as Markdown quotes it; `quotations` reads it back."""
    return "\n".join(f"> {line}" if line else ">" for line in text.removesuffix("\n").split("\n"))


def quotations(card: str) -> dict[int, str]:
    """The wordings of the grant that a card quotes, by number; each without the line end at its end, if it had one."""
    return {
        int(number): "\n".join(line[2:] for line in block.removesuffix("\n").split("\n"))
        for number, block in _QUOTED.findall(card)
    }


def shares(counts: dict[str, int]) -> list[tuple[str, int, str]]:
    """Each name with its count and its share in percent, the largest first."""
    whole = sum(counts.values())
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return [(name, count, f"{100 * count / whole:.1f} %") for name, count in ordered]


def is_mixed(licence: str) -> bool:
    """Whether no one licence fits and each record stands under its own."""
    return licence == NO_ONE_LICENCE
