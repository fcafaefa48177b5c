"""Useful tokens a second of processor time: Flock's training beside Dolly's recipe on the HF Trainer and TRL's packing.

Useful are the tokens of the records; padding is not. A round takes records of its own, and every way trains on the same
ones, each in a process of its own, in an order that turns round from one round to the next. Random weights of the true
shape take as long as trained ones.
"""

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tokenizers import Tokenizer

from training import tokenizer as tokenizers
from training.data import Encoder, Example, read
from training.recipes import Shape

SHAPES = {"14m": Shape(6, 128, 4, 512, 50304), "70m": Shape(6, 512, 8, 2048, 50304)}
# At least so many times as fast as the others.
LEAST = {"14m": {"Dolly's": 6.0, "TRL's": 3.0}, "70m": {"Dolly's": 5.0}}
WAYS = ("ours", "Dolly's", "Dolly's on sdpa", "TRL's")
TOO_LONG = 2048  # tokens; Dolly drops such records
BATCH, MULTIPLE = 6, 8  # Dolly's, for telling how much it pads


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, help="databricks-dolly-15k.jsonl")
    parser.add_argument("tokenizer", type=Path, help="Pythia's tokenizer.json")
    parser.add_argument("--shape", choices=SHAPES, default="14m")
    parser.add_argument("--records", type=int, default=48, help="records a round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--first-round", type=int, default=1, help="to go on where an earlier call ended")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--way", choices=WAYS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.way:
        print(json.dumps(train(options)))
        return
    sys.exit(not compare(options))


def compare(options: argparse.Namespace) -> bool:
    """Let all take turns, print what was measured, and tell whether it is within the bounds."""
    rates: dict[str, list[float]] = {way: [] for way in WAYS}
    for number in range(options.first_round, options.first_round + options.rounds):
        for way in WAYS if number % 2 else WAYS[::-1]:
            found = in_own_process(way, number, options)
            rates[way].append(found["tokens"] / found["seconds"])
            print(
                f"round {number}, {way:<15} {found['seconds']:8.2f} s of processor time,"
                f" {found['tokens']} tokens (padded {found['padded']:.2f}-fold by Dolly), {rates[way][-1]:,.0f} a second",
                flush=True,
            )
    print(f"{options.shape}, {options.records} records a round, median of {options.rounds}:")
    for way in WAYS:
        print(f"  {way:<15} {statistics.median(rates[way]):10,.0f} useful tokens a second of processor time")
    ratios = {
        way: statistics.median(a / b for a, b in zip(rates["ours"], rates[way], strict=True))
        for way in WAYS[1:]
    }
    for way, ratio in ratios.items():
        least = LEAST[options.shape].get(way)
        print(f"  ours is {ratio:.1f} times as fast as {way}" + (f" (at least {least})" if least else ""))
    return all(ratios[way] >= least for way, least in LEAST[options.shape].items())


def in_own_process(way: str, number: int, options: argparse.Namespace) -> dict[str, float]:
    """One way's turn; the round's number stands in for the round in it."""
    asked = ["--way", way, "--first-round", str(number), "--shape", options.shape]
    asked += ["--records", str(options.records), "--threads", str(options.threads)]
    command = [sys.executable, __file__, str(options.data), str(options.tokenizer), *asked]
    environment = os.environ | {"OMP_NUM_THREADS": str(options.threads), "TOKENIZERS_PARALLELISM": "false"}
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    return json.loads(done.stdout.splitlines()[-1])


def train(options: argparse.Namespace) -> dict[str, float]:
    """Train in this process."""
    import torch

    from benchmarks.training_ways import WAYS as ways  # noqa: N811, PLC0415 -- it brings every peer

    torch.set_num_threads(options.threads)
    tokenizer = tokenizers.with_markers(Tokenizer.from_file(str(options.tokenizer)))
    examples = some(tokenizer, options)
    return {
        "seconds": ways[options.way](SHAPES[options.shape], tokenizer, examples),
        "tokens": sum(map(len, examples)),
        "padded": padded(examples),
    }


def some(tokenizer: Tokenizer, options: argparse.Namespace) -> list[Example]:
    """This round's records: one by chance from each of as many equal parts of the data, from short to long, shuffled.

    A few dozen then have the whole data's lengths, and its share of tokens that bear loss.
    """
    chance = random.Random(options.first_round)
    records = sorted(read(options.data).records, key=lambda record: sum(map(len, record.texts)))
    bounds = [number * len(records) // options.records for number in range(options.records + 1)]
    chosen = [chance.choice(records[start:end]) for start, end in pairwise(bounds)]
    chance.shuffle(chosen)
    return [example for example in Encoder(tokenizer).examples(chosen) if len(example) < TOO_LONG]


def padded(examples: list[Example]) -> float:
    """How many tokens Dolly computes for a useful one, in batches of this order."""
    lengths = [len(example) for example in examples]
    batches = [lengths[start : start + BATCH] for start in range(0, len(lengths), BATCH)]
    computed = sum(len(batch) * -(-max(batch) // MULTIPLE) * MULTIPLE for batch in batches)
    return computed / sum(lengths)


if __name__ == "__main__":
    main()
