"""Looks into the near-duplicate index among 15 thousand and among a million texts, and what entering one costs.

Each size has a process and a database of its own, and the two take turns. The texts that are looked for, and all that
they resemble, are databricks-dolly-15k's; what fills the larger index up are random bands, so none of that is a candidate.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import django
import numpy as np
from django.core.management import call_command

from bootstrap import find_program
from tests.support import deployment as deployments

MANY = 1_000_000
# The larger index may take so many times as long, and a whole look in it on SQLite so many milliseconds (p50).
MOST_RATIO, MOST_LOOK_MS = 2.0, 1.0
LOOKS = ("bare query", "instruction alone", "whole look")
WRITES = ("enter", "enter and spread", "spread, of many")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, help="databricks-dolly-15k.jsonl")
    parser.add_argument("--database", choices=["embedded", "production"], default="embedded")
    parser.add_argument("--many", type=int, default=MANY, help="texts that fill up the larger index")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--looks", type=int, default=200, help="of each kind in a turn")
    parser.add_argument(
        "--cpu",
        action="store_true",
        help="measure the process's CPU time, for a busy machine; on SQLite, where that is all there is",
    )
    parser.add_argument("--serve", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve is not None:
        serve(options)
        return
    deployment = deployments.choose(options.database)
    try:
        deployment.start()
        sites = [Site(deployment, options, fillers) for fillers in (0, options.many)]
        for _round in range(options.rounds):
            for site in sites:
                site.take_a_turn()
        is_good = report(sites, options)
    finally:
        deployment.stop()
    sys.exit(not is_good)


class Site:
    """A process with an index of its own, which measures when it is told to."""

    def __init__(self, deployment: deployments.Deployment, options: argparse.Namespace, fillers: int) -> None:
        environment = {**os.environ, **deployment.environment(f"with_{fillers}")}
        if options.database == "production":
            createdb = [find_program("createdb") or "createdb", "-h", str(deployment.folder), "-U", "flock"]
            subprocess.run([*createdb, f"with_{fillers}"], check=True)
        command = [sys.executable, __file__, str(options.data), "--serve", str(fillers)]
        self.process = subprocess.Popen(
            [*command, "--looks", str(options.looks), *(["--cpu"] if options.cpu else [])],
            env={**environment, "DJANGO_SETTINGS_MODULE": "config.settings"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.texts, self.size_bytes = self._hear()
        self.times: dict[str, list[float]] = {name: [] for name in (*LOOKS, *WRITES)}

    def take_a_turn(self) -> None:
        self.process.stdin.write("go\n")
        self.process.stdin.flush()
        for name, times in self._hear().items():
            self.times[name] += times

    def p50(self, name: str) -> float:
        return statistics.median(self.times[name])

    def p99(self, name: str) -> float:
        return float(np.percentile(self.times[name], 99))

    def _hear(self) -> Any:
        return json.loads(self.process.stdout.readline())


def report(sites: list[Site], options: argparse.Namespace) -> bool:
    """Print what was measured, and tell whether it is within the bounds."""
    few, many = sites
    print(
        f"{options.database}, {'CPU' if options.cpu else 'wall'} time; bands take {many.size_bytes / many.texts:,.0f} bytes a text"
    )
    print(
        "| | " + " | ".join(f"{site.texts:,} texts, {at}" for site in sites for at in ("p50", "p99")),
        "| ratio |",
    )
    print("| --- | --- | --- | --- | --- | --- |")
    for name in (*LOOKS, *WRITES):
        cells = [f"{time_taken:,.0f} us" for site in sites for time_taken in (site.p50(name), site.p99(name))]
        print(f"| {name} | {' | '.join(cells)} | {many.p50(name) / few.p50(name):.2f} |")
    is_good = all(many.p50(name) <= MOST_RATIO * few.p50(name) for name in LOOKS)
    if options.database == "embedded":
        is_good = is_good and many.p50("whole look") <= 1_000 * MOST_LOOK_MS
    return is_good


def serve(options: argparse.Namespace) -> None:
    """Make a site with so many fillers, and measure at every line of stdin: microseconds by step, as JSON, on stdout."""
    django.setup()
    call_command("migrate", verbosity=0)
    # These hold models, which exist once Django is set up.
    from benchmarks.lookup_site import fill, size_bytes  # noqa: PLC0415
    from benchmarks.lookup_turns import Turns  # noqa: PLC0415

    texts = fill(options.data, fillers=options.serve)
    turns = Turns(options.looks, time.process_time if options.cpu else time.perf_counter)
    turns.look()  # imports, connects and fills caches
    print(json.dumps([texts, size_bytes()]), flush=True)
    for _line in sys.stdin:
        print(json.dumps(turns.look() | turns.write()), flush=True)


if __name__ == "__main__":
    main()
