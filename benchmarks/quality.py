"""Which near-duplicates are found: short instructions beside what others decide with, and full texts by exact Jaccard.

Pairs are planted (`planted.py`). Thresholds are fitted on the training vocabulary and seed, every figure is of the held-out
ones. Kinds of edit have equal weight; `near` counts as flagged. Ends with 1 where a bound is not kept.

    .venv/bin/python benchmarks/quality.py [FILE] [--model DIR] [--to quality.md]

FILE is in dolly's format; the demo's pairs stand in for it. DIR is a model2vec model, as in SemHash's source package
(tests/data/test_model); without it that peer is left out.
"""

import argparse
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.planted import Pair, Planted, corpus, instruction_pairs, read_bases
from benchmarks.planted_words import HELD_OUT, TRAINING
from benchmarks.quality_peers import Score, peers
from crowd.domain.similarity import Record, bands, find
from crowd.domain.similarity.questions import compare_questions, question
from crowd.domain.similarity.words import folded, typed_words, words

# Bounds: full text, and short instructions.
LEAST_RECALL, LEAST_RATIO, MOST_SWAPS = 0.995, 1.0, 0.03
SHARE = 0.7
SWAPS = ("name swapped", "topic swapped", "number changed")
# How one word added counts: not at all, as another instruction, as the same.
COUNTINGS = {"without": None, "another": False, "the same": True}
OURS = "Flock"


@dataclass(frozen=True)
class Quality:
    """What one way of deciding is worth on the held-out pairs: F1 by counting, the share flagged by kind, the time."""

    name: str
    f1: dict[str, float]
    flagged: dict[str, float]
    us_a_pair: float


def near(a: str, b: str) -> float:
    """Return 1 where Flock's engine calls two folded instructions near or the same, else 0."""
    one, other = (question(text, typed_words(text)) for text in (a, b))
    return float(one.key == other.key or compare_questions(one, other, similar=False) is not None)


def proposed(a: str, b: str) -> bool:
    """Say whether the index brings two instructions together, whose responses have nothing in common."""
    one = bands(Record(a, "", " ".join(f"one{n}" for n in range(99))))
    other = bands(Record(b, "", " ".join(f"other{n}" for n in range(99))))
    return not set(one).isdisjoint(other)


def judge(name: str, score: Score, training: Sequence[Pair], held_out: Sequence[Pair]) -> Quality:
    """Fit a threshold for each counting on the training pairs, and report it on the held-out ones."""
    fitted = _scores(score, training)
    started = time.process_time()
    found = _scores(score, held_out)
    us_a_pair = (time.process_time() - started) / len(held_out) * 1e6
    thresholds = {counting: _best_threshold(fitted, added) for counting, added in COUNTINGS.items()}
    return Quality(
        name,
        {counting: _f1(found, thresholds[counting], added) for counting, added in COUNTINGS.items()},
        {kind: _share(scores, thresholds["another"]) for (kind, _), scores in found.items()},
        us_a_pair,
    )


Scores = dict[tuple[str, bool], list[float]]


def _scores(score: Score, pairs: Iterable[Pair]) -> Scores:
    """Return the scores of each kind of pair, by kind and whether it asks the same.

    Everybody gets texts without invisible characters and ligatures, or peers would lose by those alone.
    """
    found: Scores = defaultdict(list)
    for pair in pairs:
        found[pair.kind, pair.same].append(score(folded(pair.a), folded(pair.b)))
    return found


def _share(scores: Sequence[float], threshold: float) -> float:
    return sum(score >= threshold for score in scores) / len(scores)


def _f1(found: Scores, threshold: float, added: bool | None) -> float:
    """Return the F1 at a threshold, kinds weighted equally within each side and both sides alike."""
    sides: dict[bool, list[float]] = {True: [], False: []}
    for (kind, same), scores in found.items():
        side = added if kind == "word added" else same
        if side is not None:
            sides[side].append(_share(scores, threshold))
    hits, false = (sum(shares) / len(shares) for shares in (sides[True], sides[False]))
    return 2 * hits / (1 + hits + false)


def _best_threshold(fitted: Scores, added: bool | None) -> float:
    seen = sorted({round(score, 3) for scores in fitted.values() for score in scores} - {0})
    return max(seen, key=lambda threshold: _f1(fitted, threshold, added))


def full_text(records: Sequence[Planted]) -> tuple[int, float, float]:
    """Compare all pairs of full texts whose words differ. Return how many reach the share, and recall and precision."""
    texts = [tuple(words(folded(record.instruction)) + words(folded(record.response))) for record in records]
    true = {pair for pair in _alike(texts) if texts[pair[0]] != texts[pair[1]]}
    lines = enumerate(Record(r.instruction, r.context, r.response) for r in records)
    found = {(d.a, d.b) for d in find(lines) if d.on == "text" and texts[d.a] != texts[d.b]}
    return len(true), len(true & found) / len(true), len(true & found) / len(found)


def _alike(texts: Sequence[Sequence[str]]) -> Iterator[tuple[int, int]]:
    """Yield the pairs with an exact Jaccard of word runs of .7 or more, by counting what each shares with all before."""
    holders: dict[tuple[str, ...], list[int]] = defaultdict(list)
    sizes: list[int] = []
    for number, text in enumerate(texts):
        runs = {tuple(text[at : at + 3]) for at in range(max(1, len(text) - 2))}
        shared = Counter(holder for run in runs for holder in holders[run])
        yield from (
            (other, number)
            for other, both in shared.items()
            if both >= SHARE * (len(runs) + sizes[other] - both)
        )
        sizes.append(len(runs))
        for run in runs:
            holders[run].append(number)


def report(
    judged: Sequence[Quality], through_index: dict[str, float], text: tuple[int, float, float]
) -> Iterator[str]:
    """Yield the lines of the report, in Markdown."""
    yield "# Quality of near-duplicates\n"
    yield "Short instructions, held-out vocabulary and seed. F1 by how *one word added* counts; us of CPU a pair.\n"
    yield from _table(
        ["", *COUNTINGS, "names", "topics", "numbers", "us"],
        [
            [
                each.name,
                *(f"{f1:.3f}" for f1 in each.f1.values()),
                *(f"{each.flagged[kind]:.3f}" for kind in SWAPS),
                f"{each.us_a_pair:.0f}",
            ]
            for each in judged
        ],
    )
    yield "\nShare flagged, by kind of edit, at the threshold for *another*:\n"
    kinds = list(judged[0].flagged)
    yield from _table(
        ["", *(each.name for each in judged), "Flock, through its index"],
        [
            [kind, *(f"{each.flagged[kind]:.3f}" for each in judged), f"{through_index[kind]:.3f}"]
            for kind in kinds
        ],
    )
    pairs, recall, precision = text
    yield f"\nFull texts: of {pairs} pairs with an exact Jaccard of {SHARE} or more, recall {recall:.4f}, precision {precision:.4f}."


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield "|" + " --- |" * len(head)
    yield from (f"| {' | '.join(row)} |" for row in rows)


def is_kept(judged: Sequence[Quality], text: tuple[int, float, float]) -> bool:
    """Say whether every bound is kept, whichever way an added word counts."""
    ours, *others = judged
    return (
        all(ours.f1[way] >= LEAST_RATIO * max(o.f1[way] for o in others) for way in COUNTINGS)
        and all(ours.flagged[kind] <= MOST_SWAPS for kind in SWAPS)
        and text[1] >= LEAST_RECALL
        and text[2] == 1
    )


def main() -> None:
    options = _options()
    bases = read_bases(options.file)
    held_out = instruction_pairs(bases, seed=options.seed, vocabulary=HELD_OUT, per_kind=options.pairs)
    training = instruction_pairs(bases, seed=options.seed + 1, vocabulary=TRAINING, per_kind=options.pairs)
    scores: dict[str, Callable[[str, str], float]] = {OURS: near} | peers(options.model)
    judged = [judge(name, score, training, held_out) for name, score in scores.items()]
    through_index = {
        kind: _share(found, 1)
        for (kind, _), found in _scores(lambda a, b: near(a, b) * proposed(a, b), held_out).items()
    }
    text = full_text(list(corpus(bases, records=options.records, seed=options.seed, vocabulary=HELD_OUT)))
    lines = "\n".join(report(judged, through_index, text)) + "\n"
    print(lines, end="")
    if options.to:
        options.to.write_text(lines, encoding="utf-8")
    sys.exit(not is_kept(judged, text))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("file", nargs="?", type=Path)
    parser.add_argument("--model", help="a model2vec model: a folder, or a name on the hub")
    parser.add_argument("--pairs", type=int, default=500, help="of each kind")
    parser.add_argument("--records", type=int, default=5_000, help="of the planted corpus, for full texts")
    parser.add_argument("--seed", type=int, default=2)
    parser.add_argument("--to", type=Path)
    return parser.parse_args()


if __name__ == "__main__":
    main()
