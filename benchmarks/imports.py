"""Memory and processor time of `import_dataset` by the length of the file: each import in a process and a site of its own.

    .venv/bin/python benchmarks/imports.py DOLLY.jsonl --records 50000 200000

A record is as long as one of DOLLY's, of words drawn as often as DOLLY has them: checks find what they find in real texts.
One in ten is an earlier one without a word, and one in twenty shares its instruction with thousands. Linux counts memory
in KiB.
"""

import argparse
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TEXTS = ("instruction", "context", "response")
TEMPLATES = ("Summarize the following text.", "Rewrite this sentence.", "Name three more.", "Is this right?")
SHARE_OF_TEMPLATES, SHARE_OF_EDITS = 20, 10
# An edit is of one of so many records before it.
REMEMBERED = 1_000
MOST_MIB = 350
# The longest file may take this many times the memory of the shortest: what is remembered of words, and the look-alikes
# of a batch, fill up to their bounds.
MOST_GROWTH = 1.2


def records(bases: Sequence[dict[str, str]], count: int) -> Iterator[dict[str, str]]:
    """Yield so many records, always the same ones."""
    rng = random.Random(count)
    words = {key: [word for base in bases for word in base[key].split()] for key in TEXTS}
    recent: deque[dict[str, str]] = deque(maxlen=REMEMBERED)
    for number in range(count):
        if number % SHARE_OF_EDITS == 1:
            earlier = rng.choice(recent)
            record = {**earlier, "response": earlier["response"].rpartition(" ")[0] or "So it is."}
        else:
            like = rng.choice(bases)
            record = {key: " ".join(rng.choices(words[key], k=len(like[key].split()))) for key in TEXTS}
            record["category"] = like["category"]
        if number % SHARE_OF_TEMPLATES == 0:
            record["instruction"] = rng.choice(TEMPLATES)
        recent.append(record)
        yield record


def measure(file: Path, folder: Path) -> tuple[float, float]:
    """Import a file into a new site. Returns the MiB that it took at most, and its seconds of processor time."""
    manage = [sys.executable, str(ROOT / "manage.py")]
    environment = {**os.environ, "FLOCK_DATA_DIR": str(folder / f"site-{file.stem}")}
    subprocess.run([*manage, "migrate", "--verbosity", "0"], env=environment, check=True)
    options = ["--format", "dolly", "--source", "made", "--licence", "CC-BY-SA-3.0", "--origin", "human"]
    with (folder / "said").open("w") as said:
        process = subprocess.Popen(
            [*manage, "import_dataset", str(file), *options], env=environment, stderr=said
        )
        _pid, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    print((folder / "said").read_text().splitlines()[-1])
    return _mib(used), used.ru_utime + used.ru_stime


def _mib(used: resource.struct_rusage) -> float:
    return used.ru_maxrss / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, metavar="DOLLY.jsonl")
    parser.add_argument("--records", type=int, nargs="+", default=[50_000, 200_000])
    options = parser.parse_args()
    bases = [json.loads(line) for line in options.data.read_text(encoding="utf-8").splitlines()]
    memory = []
    with tempfile.TemporaryDirectory() as folder:
        for count in sorted(options.records):
            file = Path(folder) / f"{count}.jsonl"
            with file.open("w", encoding="utf-8") as lines:
                lines.writelines(json.dumps(record) + "\n" for record in records(bases, count))
            mib, seconds = measure(file, Path(folder))
            memory.append(mib)
            print(
                f"{count:>9,} records: {mib:.0f} MiB, {seconds:.0f} s, {1_000 * seconds / count:.2f} ms each"
            )
    sys.exit(max(memory) > MOST_MIB or max(memory) > MOST_GROWTH * memory[0])


if __name__ == "__main__":
    main()
