"""The pictures of a release's figures: what each shows, and where its bars stand. Pure; templates/cards/ draw them.

All places are whole numbers made from whole numbers, so that the same figures give the same bytes on any machine.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from exports.domain.quality import FOLDER

WIDTH = 480  # legible on a phone, which shrinks it by a quarter
_MARGIN, _HEAD, _ROW = 20, 56, 30
_PLOT, _FOOT = 150, 84  # heights of the columns and of what stands below them
_LONGEST_LABEL = 22  # characters that fit beside a bar
_MOST_BARS = 12


@dataclass(frozen=True, slots=True)
class Bar:
    """One labelled bar: lengths in picture points, `y` of its row's top."""

    label: str
    told: str
    y: int
    length: int


@dataclass(frozen=True, slots=True)
class Pillar:
    """One standing bar of a series, from its upper left corner."""

    series: str
    x: int
    y: int
    height: int


@dataclass(frozen=True, slots=True)
class Column:
    """Two pillars side by side over one label."""

    label: str
    middle: int
    bars: tuple[Pillar, ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture with its words. `summary` says in a sentence what a person who cannot see it would miss."""

    name: str
    title: str
    summary: str
    height: int
    bars: tuple[Bar, ...] = ()
    columns: tuple[Column, ...] = ()
    column_width: int = 0
    most: int = 0  # what the highest pillar stands for

    base: ClassVar[int] = _HEAD + _PLOT  # where pillars stand
    bar: ClassVar[int] = 178  # where bars begin
    room: ClassVar[int] = 150  # of the longest bar
    told: ClassVar[int] = 338  # where its value begins

    @property
    def path(self) -> str:
        """Where it stands in a release's folder."""
        return _path(self.name)

    @property
    def template(self) -> str:
        """What draws it."""
        return "cards/columns.svg" if self.columns else "cards/bars.svg"


def _path(name: str) -> str:
    return f"{FOLDER}/{name}.svg"


_NAMES = ("categories", "lengths", "languages", "decisions", "passages", "contributors")
# Where a picture of a release can stand.
PATHS = frozenset(map(_path, _NAMES))


# What a picture is made of, and what could load or run something, also in the spellings of CSS and XML.
_PARTS = frozenset({"svg", "title", "desc", "style", "rect", "text", "path"})
_TAG = re.compile(r"<\s*/?([^\s/>]*)")
_ACTIVE = re.compile(r"\bon\w+\s*=|href|url\s*\(|@import|\\|&#", re.IGNORECASE)


def is_inert(svg: str) -> bool:
    """Whether a picture, whoever drew it, has nothing in it but what ours are made of, and loads and runs nothing."""
    return _PARTS.issuperset(_TAG.findall(svg)) and not _ACTIVE.search(svg)


def pictures(categories: Mapping[str, int], told: Mapping[str, Any]) -> Iterator[Picture]:
    """The pictures of a release: of its categories, and of what `quality.json` tells. Nothing to show, no picture."""
    counted, stated = told["counted"], told["stated"]
    yield _bars("categories", "Records by category", _largest_first(categories))
    yield _columns(counted["words"])
    if languages := stated.get("languages"):
        yield _bars("languages", "Records by language", _largest_first(languages))
    decisions = stated["decisions"]["contributed"]
    if any(decisions.values()):
        yield _bars("decisions", "What reviewers decided on contributed texts", decisions)
    if any(counted["passages"].values()):
        yield _bars("passages", "Passages by how they are proved", counted["passages"])
    people = counted["contributors"]
    if "gini" in people and people["people"] > 1:
        yield _contributors(people)


def _bars(name: str, title: str, values: Mapping[str, int]) -> Picture:
    whole, most = sum(values.values()), max(values.values())
    shown = list(values.items())
    if len(shown) > _MOST_BARS:
        rest = sum(value for _label, value in shown[_MOST_BARS - 1 :])
        shown = [*shown[: _MOST_BARS - 1], ("others", rest)]
        most = max(most, rest)
    rows = [(label, value, f"{value} ({_percent(value, whole)})") for label, value in shown]
    return _picture(name, title, rows, most)


def _contributors(people: Mapping[str, Any]) -> Picture:
    shares = {"the most active person": people["top_person"], "the most active tenth": people["top_tenth"]}
    # One decimal at most, so ten times the share is whole.
    rows = [(label, round(10 * share), f"{share:.1f} % of records") for label, share in shares.items()]
    return _picture(
        "contributors", f"How much the most active of {people['people']} people wrote", rows, 1_000
    )


def _picture(name: str, title: str, rows: list[tuple[str, int, str]], most: int) -> Picture:
    bars = tuple(
        Bar(_short(label), told, _HEAD + place * _ROW, _scaled(value, most, Picture.room))
        for place, (label, value, told) in enumerate(rows)
    )
    summary = "; ".join(f"{label}: {told}" for label, _value, told in rows)
    return Picture(name, title, f"{summary}.", _HEAD + len(rows) * _ROW + _MARGIN, bars=bars)


def _columns(words: Mapping[str, Mapping[str, int]]) -> Picture:
    first, second = words["instruction"], words["response"]
    starts = max(first, second, key=len)
    most = max([*first.values(), *second.values()], default=0)
    step = (WIDTH - 2 * _MARGIN) // max(len(starts), 1)
    width = min((step - 8) // 2, 24)
    columns = []
    for place, start in enumerate(starts):
        middle = _MARGIN + place * step + step // 2
        heights = (("first", middle - width, first.get(start, 0)), ("second", middle, second.get(start, 0)))
        bars = (
            Pillar(series, x, Picture.base - h, h)
            for series, x, n in heights
            if (h := _scaled(n, most, _PLOT))
        )
        columns.append(Column(start, middle, tuple(bars)))
    return Picture(
        "lengths",
        "Words in an instruction and in a response",
        f"Instructions: {_spans_in_words(first)}. Responses: {_spans_in_words(second)}.",
        Picture.base + _FOOT,
        columns=tuple(columns),
        column_width=width,
        most=most,
    )


def _spans_in_words(spans: Mapping[str, int]) -> str:
    return ", ".join(f"{count} of {start} words or more" for start, count in spans.items() if count)


def _largest_first(values: Mapping[str, int]) -> dict[str, int]:
    return dict(sorted(values.items(), key=lambda item: (-item[1], item[0])))


def _scaled(value: int, most: int, room: int) -> int:
    """A length of at least one point for what is there at all."""
    return max(value * room // most, 1) if value else 0


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %"


def _short(label: str) -> str:
    return label if len(label) <= _LONGEST_LABEL else f"{label[: _LONGEST_LABEL - 1]}…"
