"""Duplicates of a whole file, from JSON lines to pairs, beside other libraries: CPU seconds of one process, and its memory.

Every route reads the same file in a process of its own, round after round; its least counts, for neighbours only add to it.
`Flock, numba` and `Flock, numpy` do what the peers do, compare full texts, and each pair is compared exactly; the peers are
fed with the same runs of three words by Python, as their documentation does (read by orjson), and stop at the pairs that
they propose. `Flock, numba, all` is what `find_duplicates` does: it has the instructions' index besides, which the peers
have not, so no bound holds for it. Loading the libraries and compiling are left out everywhere.

    .venv/bin/pip install -r requirements-benchmarks.txt -c constraints.txt
    .venv/bin/python benchmarks/duplicates.py [BASE] --records 150000 --rounds 3 [--to FILE]

BASE is a dolly-format file; the demo's pairs stand in for it (see planted.py). Ends with 1 where a bound is not kept.
"""

import argparse
import json
import re
import resource
import subprocess
import sys
import tempfile
import time
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import orjson

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.planted import corpus, read_bases
from benchmarks.planted_words import VOCABULARIES
from crowd.domain.records import data_line
from crowd.domain.similarity import find, kernels
from crowd.services.record_files import Reading

PERMUTATIONS, BANDS = 128, 16
# How many times as fast as a peer a route has to be.
BOUNDS = {
    ("Flock, numba", "datasketch"): 15,
    ("Flock, numba", "rensa"): 3.5,
    ("Flock, numpy", "datasketch"): 6,
}
_WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class Measured:
    """One run: CPU seconds, peak memory in bytes, pairs."""

    seconds: float
    peak: int
    pairs: int


def flock(name: str, on: tuple[str, ...]) -> Callable[[Path], int]:
    """Find duplicates as the command does."""
    kernel = kernels.reference() if name == "numpy" else kernels.fastest()

    def run(file: Path) -> int:
        with file.open("rb", buffering=1 << 18) as stream:
            return sum(1 for _ in find(Reading(stream, lambda line: None), kernel=kernel, on=on))

    _compile(run)
    return run


def _compile(run: Callable[[Path], int]) -> None:
    """Let a route go through all of its steps: two near texts."""
    words = " ".join(f"word{number}" for number in range(30))
    with tempfile.NamedTemporaryFile() as file:
        file.writelines(data_line("Why?", "", words + last, "") for last in ("", "", " more"))
        file.flush()
        run(Path(file.name))


def datasketch() -> Callable[[Path], int]:
    from datasketch import MinHash, MinHashLSH  # noqa: PLC0415 -- a peer, in its own process

    def run(file: Path) -> int:
        index = MinHashLSH(num_perm=PERMUTATIONS, params=(BANDS, PERMUTATIONS // BANDS))
        pairs = 0
        for number, runs in enumerate(shingled(file)):
            signature = MinHash(num_perm=PERMUTATIONS)
            signature.update_batch([run.encode() for run in runs])
            pairs += len(index.query(signature))
            index.insert(number, signature, check_duplication=False)
        return pairs

    return run


def rensa() -> Callable[[Path], int]:
    from rensa import RMinHash, RMinHashLSH  # noqa: PLC0415 -- a peer, in its own process

    def run(file: Path) -> int:
        index = RMinHashLSH(threshold=0.7, num_perm=PERMUTATIONS, num_bands=BANDS)
        pairs = 0
        for number, runs in enumerate(shingled(file)):
            signature = RMinHash(num_perm=PERMUTATIONS, seed=1)
            signature.update(list(runs))
            pairs += len(index.query(signature))
            index.insert(number, signature)
        return pairs

    return run


ROUTES: dict[str, Callable[[], Callable[[Path], int]]] = {
    "Flock, numba": lambda: flock("numba", ("text",)),
    "Flock, numpy": lambda: flock("numpy", ("text",)),
    "Flock, numba, all": lambda: flock("numba", ("text", "instruction", "passage")),
    "rensa": rensa,
    "datasketch": datasketch,
}


def shingled(file: Path) -> Iterator[set[str]]:
    """Yield the runs of three words of each record's instruction and response."""
    with file.open("rb") as stream:
        for line in stream:
            fields = orjson.loads(line)
            text = unicodedata.normalize("NFKC", f"{fields['instruction']} {fields['response']}").lower()
            words = _WORD.findall(text)
            yield {" ".join(words[at : at + 3]) for at in range(max(1, len(words) - 2))}


def measure(route: str, file: Path) -> Measured:
    """Run a route in this process."""
    run = ROUTES[route]()
    start = time.process_time()
    pairs = run(file)
    seconds = time.process_time() - start
    return Measured(seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024, pairs)


def measured_apart(route: str, file: Path) -> Measured:
    """Run a route in a process of its own, on one thread."""
    command = [sys.executable, __file__, "--measure", route, str(file)]
    environment = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "PATH": "/usr/bin:/bin"}
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    return Measured(**json.loads(done.stdout))


def write_corpus(base: Path | None, records: int, seed: int, to: Path) -> None:
    with to.open("w", encoding="utf-8") as out:
        made = corpus(read_bases(base), records=records, seed=seed, vocabulary=VOCABULARIES["held-out"])
        out.writelines(record.line() + "\n" for record in made)


def table(runs: dict[str, list[Measured]], seconds: dict[str, float], records: int, size_bytes: int) -> str:
    """The README's table: the least of the rounds, and ratios to each peer."""
    peers = [peer for peer in ("rensa", "datasketch") if peer in seconds]
    lines = [
        f"| {records:,} records, {size_bytes / 1e6:.0f} MB | CPU seconds | records a second | peak memory | pairs |"
        + "".join(f" times {peer} |" for peer in peers),
        "| --- |" + " --- |" * (4 + len(peers)),
    ]
    for route, found in runs.items():
        peak = max(run.peak for run in found) / 2**20
        lines.append(
            f"| {route} | {seconds[route]:.2f} | {records / seconds[route]:,.0f} | {peak:,.0f} MiB | {found[0].pairs:,} |"
            + "".join(f" {seconds[peer] / seconds[route]:.1f} |" for peer in peers)
        )
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("base", nargs="?", type=Path, metavar="BASE")
    parser.add_argument("--records", type=int, default=150_000)
    parser.add_argument("--seed", type=int, default=3)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--routes", nargs="*", choices=ROUTES, default=list(ROUTES))
    parser.add_argument("--corpus", type=Path, help="a file to take as it is, instead of making one of BASE")
    parser.add_argument("--to", type=Path, help="also write the table here")
    parser.add_argument("--measure", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        print(json.dumps(vars(measure(options.measure[0], Path(options.measure[1])))))
        return
    routes = [route for route in options.routes if route.startswith("Flock") or find_spec(route)]
    with tempfile.TemporaryDirectory() as folder:
        file = options.corpus or Path(folder) / "corpus.jsonl"
        if options.corpus is None:
            write_corpus(options.base, options.records, options.seed, file)
        with file.open("rb") as stream:
            records = sum(1 for _ in stream)
        runs: dict[str, list[Measured]] = {route: [] for route in routes}
        for _ in range(options.rounds):
            for route in routes:
                runs[route].append(measured_apart(route, file))
        seconds = {route: min(run.seconds for run in found) for route, found in runs.items()}
        made = table(runs, seconds, records, file.stat().st_size)
    print(made)
    if options.to:
        options.to.write_text(made + "\n", encoding="utf-8")
    missed = [
        f"{route}: {seconds[peer] / seconds[route]:.1f} times {peer}, {least} are wanted"
        for (route, peer), least in BOUNDS.items()
        if route in seconds and peer in seconds and seconds[peer] < least * seconds[route]
    ]
    print("\n".join(missed))
    sys.exit(bool(missed))


if __name__ == "__main__":
    main()
