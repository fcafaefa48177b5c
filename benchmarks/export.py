"""How fast a release's data/train.jsonl is written, beside what else could write it; all in one run, on a site of its own.

The others are Django's `iterator()` with the standard json, in the same order, and on PostgreSQL COPY of the same columns
in the same order to a file of the server's. Times are the median of the rounds, in which all take turns.
"""

import argparse
import hashlib
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import django
from django.core.management import call_command

from bootstrap import find_program
from tests.support import deployment as deployments

T = TypeVar("T")

SITE = "export"
# At least so many times as fast as each of the others (below 1: may be slower), and so many MB at most.
LEAST = {"embedded": {"Django": 5.0}, "production": {"Django": 3.0, "COPY": 0.5}}
# With fewer records the snapshot's own connection is a part of what is measured; the ratios are asked from here on.
RATIOS_FROM = 150_000
MOST_MB = 150
# Records, and within how many seconds they are to be written.
WITHIN = {15_000: 0.3, 150_000: 3.0}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, help="databricks-dolly-15k.jsonl")
    parser.add_argument("--database", choices=["embedded", "production"], default="embedded")
    parser.add_argument("--records", type=int, default=15_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--whole", action="store_true", help="also cut a whole release, with all its files")
    parser.add_argument("--fill", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.fill:
        fill(options)
        return
    deployment = deployments.choose(options.database)
    try:
        deployment.start()
        is_good = measure(deployment, options)
    finally:
        deployment.stop()
    sys.exit(not is_good)


def measure(deployment: deployments.Deployment, options: argparse.Namespace) -> bool:
    """Make the site, let all take turns, print what was measured, and tell whether it is within the bounds."""
    if options.database == "production":
        createdb = [find_program("createdb") or "createdb", "-h", str(deployment.folder), "-U", "flock"]
        subprocess.run([*createdb, SITE], check=True)
    os.environ |= {**deployment.environment(SITE), "DJANGO_SETTINGS_MODULE": "config.settings"}
    # In a process of its own: what making the site takes is no part of the memory that is measured.
    subprocess.run([sys.executable, *sys.argv, "--fill"], check=True)
    django.setup()
    from benchmarks import export_ways  # noqa: PLC0415 -- it holds models, which exist once Django is set up

    release, taking = timed(export_ways.take)
    with tempfile.TemporaryDirectory(dir=deployment.folder) as folder:
        ways = export_ways.ways(release, Path(folder), server=deployment.folder / "postgresql")
        times, memory = rounds(ways, options.rounds)
        same = len({digest(Path(folder) / name) for name in ("ours", "Django")}) == 1
    seconds = {name: statistics.median(some) for name, some in times.items()}
    print(f"{options.records:,} records, {options.database}, median of {options.rounds}, wall time")
    for name, taken in seconds.items():
        print(f"  {name:<8} {taken:8.2f} s {options.records / taken:12,.0f} a second")
    ratios = {name: seconds[name] / seconds["ours"] for name in LEAST[options.database]}
    for name, ratio in ratios.items():
        print(f"  ours is {ratio:.2f} times as fast as {name} (at least {LEAST[options.database][name]})")
    print(
        f"  memory of ours: {memory:.0f} MB (at most {MOST_MB}); the bytes are {'the same' if same else 'NOT THE SAME'}"
    )
    print(f"  choosing the records took {taking:.2f} s before")
    if options.whole:
        forget_peak()
        _release, cutting = timed(export_ways.cut)
        print(f"  a whole cut, its choosing and every file: {cutting:.2f} s, {peak_mb():.0f} MB")
    return (
        same
        and memory <= MOST_MB
        and seconds["ours"] <= WITHIN.get(options.records, seconds["ours"])
        and (
            options.records < RATIOS_FROM
            or all(ratio >= LEAST[options.database][name] for name, ratio in ratios.items())
        )
    )


def fill(options: argparse.Namespace) -> None:
    """Make the site that the environment names."""
    django.setup()
    call_command("migrate", verbosity=0)
    from benchmarks import export_site  # noqa: PLC0415 -- it holds models, which exist once Django is set up

    export_site.fill(options.data, records=options.records)


def rounds(ways: dict[str, Callable[[], None]], count: int) -> tuple[dict[str, list[float]], float]:
    """The seconds of each way in each round, and the most MB that the process held while ours ran alone."""
    forget_peak()
    ways["ours"]()
    memory = peak_mb()
    times: dict[str, list[float]] = {name: [] for name in ways}
    for _round in range(count):
        for name, write in ways.items():
            times[name].append(timed(write)[1])
    return times, memory


def timed(act: Callable[[], T]) -> tuple[T, float]:
    started = time.perf_counter()
    done = act()
    return done, time.perf_counter() - started


def digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def forget_peak() -> None:
    Path("/proc/self/clear_refs").write_text("5")


def peak_mb() -> float:
    """The most memory that the process has held since `forget_peak`, its libraries included."""
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return int(status["VmHWM"].split()[0]) / 1024


if __name__ == "__main__":
    main()
