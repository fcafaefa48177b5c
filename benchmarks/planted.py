"""A corpus with planted duplicates: JSON lines in dolly's format, with `dup_of` and `kind` beside each record.

Of the records 10 % are edits of an earlier one (`dup_of` names its line, from 1) and 5 % hard negatives, made from an
earlier one to look alike and be another. The same arguments give the same bytes.

    .venv/bin/python benchmarks/planted.py [FILE] --records 15000 --seed 1 --vocabulary held-out --to corpus.jsonl

FILE is in dolly's format; the demo's pairs stand in for it. Past its end, records are made of spans of its texts.
"""

import argparse
import json
import random
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import planted_edits as edits
from benchmarks.planted_words import VOCABULARIES, Vocabulary

ROOT = Path(__file__).resolve().parents[1]
NEAR_SHARE, HARD_SHARE = 0.10, 0.05
_SPAN_WORDS = (4, 14)


@dataclass(frozen=True)
class Planted:
    """A record and what it was made from: the line of the earlier record if it is the same, and by which edit."""

    instruction: str
    context: str
    response: str
    category: str
    dup_of: int | None = None
    kind: str = ""

    def line(self) -> str:
        return json.dumps(vars(self), ensure_ascii=False, separators=(",", ":"))


class Pair(NamedTuple):
    """Two instructions, the kind of edit between them, and whether they ask the same."""

    kind: str
    same: bool
    a: str
    b: str


def read_bases(file: Path | None) -> list[Planted]:
    """Read a dolly-format file, or the demo's pairs where there is none."""
    if file is None:
        pairs = json.loads((ROOT / "crowd/demo/pairs.json").read_text(encoding="utf-8"))
        return [Planted(pair["instruction"], "", pair["response"], pair["category"]) for pair in pairs]
    with file.open(encoding="utf-8") as lines:
        fields = (json.loads(line) for line in lines if line.strip())
        return [
            Planted(f["instruction"], f.get("context") or "", f["response"], f.get("category") or "")
            for f in fields
        ]


def instruction_pairs(
    bases: Sequence[Planted], *, seed: int, vocabulary: Vocabulary, per_kind: int, longest: int = 120
) -> list[Pair]:
    """Return pairs of instructions, as many of each kind as there are bases for, up to `per_kind`.

    Bases are single lines of 10 to `longest` characters. The kinds are those of `planted_edits`, two of templates, and
    `unrelated`: two instructions that share a passage or a response have no more in common than any two.
    """
    rng = random.Random(seed)
    asked = sorted({base.instruction.strip() for base in bases})
    asked = [text for text in asked if 10 <= len(text) <= longest and "\n" not in text]
    makers = [
        (True, edits.SAME_INSTRUCTION),
        (False, edits.OTHER_INSTRUCTION | edits.WORD_ADDED),
    ]
    pairs = [
        Pair(kind, same, text, other)
        for same, kinds in makers
        for kind, edit in kinds.items()
        for text, other in _edited(edit, rng.sample(asked, len(asked)), vocabulary, rng, per_kind)
    ]
    pairs += [Pair("template", False, *_templates(vocabulary, rng)) for _ in range(per_kind)]
    pairs += [Pair("number changed", False, *_counted(vocabulary, rng)) for _ in range(per_kind)]
    return pairs + [Pair("unrelated", False, *rng.sample(asked, 2)) for _ in range(per_kind)]


def corpus(bases: Sequence[Planted], *, records: int, seed: int, vocabulary: Vocabulary) -> Iterator[Planted]:
    """Yield so many records. Holds what it has yielded, since later records are made from earlier ones."""
    rng = random.Random(seed)
    fresh = _fresh(bases, rng)
    made: list[Planted] = []
    while len(made) < records:
        planted = _planted(made, vocabulary, rng) if made else None
        made.append(planted or next(fresh))
        yield made[-1]


def _edited(
    edit: edits.Edit, texts: Sequence[str], vocabulary: Vocabulary, rng: random.Random, most: int
) -> Iterator[tuple[str, str]]:
    for text in texts:
        other = edit(text, vocabulary, rng)
        if other is not None and other != text:
            yield text, other
            most -= 1
        if not most:
            return


def _templates(vocabulary: Vocabulary, rng: random.Random) -> tuple[str, str]:
    template = rng.choice(vocabulary.templates)
    one, other = rng.sample(vocabulary.things, 2)
    return template.format(topic=one), template.format(topic=other)


def _counted(vocabulary: Vocabulary, rng: random.Random) -> tuple[str, str]:
    template, topic = rng.choice(vocabulary.counted), rng.choice(vocabulary.things)
    one, other = rng.sample(range(10, 60), 2)
    return template.format(topic=topic, number=one), template.format(topic=topic, number=other)


def _fresh(bases: Sequence[Planted], rng: random.Random) -> Iterator[Planted]:
    yield from bases
    while True:
        like = rng.choice(bases)
        yield replace(
            like,
            instruction=_spans(bases, len(like.instruction.split()), rng),
            context=_spans(bases, len(like.context.split()), rng),
            response=_spans(bases, len(like.response.split()), rng),
        )


def _spans(bases: Sequence[Planted], words: int, rng: random.Random) -> str:
    """Return so many words, cut from responses in runs of 4 to 14."""
    taken: list[str] = []
    while len(taken) < words:
        source = rng.choice(bases).response.split()
        start = rng.randrange(max(1, len(source)))
        taken += source[start : start + rng.randint(*_SPAN_WORDS)]
    return " ".join(taken[:words])


def _planted(made: Sequence[Planted], vocabulary: Vocabulary, rng: random.Random) -> Planted | None:
    """Return an edit or a hard negative of an earlier record in the share that is due, else None."""
    draw, at = rng.random(), rng.randrange(len(made))
    if draw < NEAR_SHARE:
        return _same(made[at], at + 1, vocabulary, rng)
    if draw < NEAR_SHARE + HARD_SHARE:
        return _hard(made, at, vocabulary, rng)
    return None


def _same(base: Planted, line: int, vocabulary: Vocabulary, rng: random.Random) -> Planted | None:
    whole = {"exact": base, "context dropped": replace(base, context="")}
    kind = rng.choice(
        [*whole, *edits.SAME_RESPONSE, *(f"instruction: {kind}" for kind in edits.SAME_INSTRUCTION)]
    )
    if kind in whole:
        return replace(whole[kind], dup_of=line, kind=kind)
    if kind in edits.SAME_RESPONSE:
        response = edits.SAME_RESPONSE[kind](base.response, vocabulary, rng)
        return response and replace(base, response=response, dup_of=line, kind=kind)
    edit = edits.SAME_INSTRUCTION[kind.removeprefix("instruction: ")]
    instruction = edit(base.instruction, vocabulary, rng)
    return instruction and replace(base, instruction=instruction, dup_of=line, kind=kind)


def _hard(made: Sequence[Planted], at: int, vocabulary: Vocabulary, rng: random.Random) -> Planted | None:
    base, other = made[at], rng.choice(made)
    reused = {
        "same response": replace(other, context=base.context, response=base.response),
        "same passage": replace(other, context=base.context),
        "same template": replace(other, instruction=_templates(vocabulary, rng)[1]),
    }
    changed = edits.OTHER_INSTRUCTION | edits.WORD_ADDED
    kind = rng.choice([*reused, *changed])
    if kind in reused:
        return replace(reused[kind], dup_of=None, kind=kind)
    instruction = changed[kind](base.instruction, vocabulary, rng)
    return instruction and replace(
        base, instruction=instruction, response=other.response, dup_of=None, kind=kind
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("file", nargs="?", type=Path)
    parser.add_argument("--records", type=int, default=15_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--vocabulary", choices=VOCABULARIES, default="held-out")
    parser.add_argument("--to", type=Path)
    options = parser.parse_args()
    records = corpus(
        read_bases(options.file),
        records=options.records,
        seed=options.seed,
        vocabulary=VOCABULARIES[options.vocabulary],
    )
    with options.to.open("w", encoding="utf-8") if options.to else sys.stdout as out:
        for record in records:
            out.write(record.line() + "\n")


if __name__ == "__main__":
    main()
