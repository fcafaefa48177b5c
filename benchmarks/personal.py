"""Recall and precision of the personal-data rules beside Presidio's, and what the rules find in a file of records.

`.venv/bin/python benchmarks/personal.py --labelled FILE [--data FILE] [--half held-out|tuning|both] [--to REPORT.md]`

Ends with 1 where a rule finds less of what it is meant to find than Presidio, or with less precision. The labelled
texts are microsoft/presidio-research's `generated_large.json`. Presidio runs with its default recognisers
and threshold on a blank English pipeline (`requirements-benchmarks.txt`): its default model is a download.
"""

import argparse
import hashlib
import json
import math
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from crowd.domain.categories import DOLLY_RULES
from crowd.domain.checks import MAX_PER_FIELD, Pair, check
from crowd.domain.checks.personal import CHECKS
from crowd.domain.record_blocks import read_records
from crowd.domain.records import BadRecord

# Which labels each rule is meant to find. The rest of the data's labels (PERSON, LOCATION, ORGANIZATION, DATE_TIME,
# DOMAIN_NAME, TITLE, PREFIX) is nobody's: a name, a town or a date alone is not flagged.
MEANT = {
    "pii.email": ("EMAIL_ADDRESS",),
    "pii.phone": ("PHONE_NUMBER",),
    "pii.card": ("CREDIT_CARD",),
    "pii.iban": ("IBAN_CODE",),
    "pii.id": ("US_SSN", "US_DRIVER_LICENSE"),
    "pii.ip": ("IP_ADDRESS",),
    "pii.address": ("ADDRESS",),
}
# Presidio's names for the same; its addresses come from a model alone.
PRESIDIO = {label: rule for rule, labels in MEANT.items() for label in labels} | {"EMAIL": "pii.email"}
PRESIDIO["LOCATION"] = "pii.address"

QUALITY = (
    "| entity | rule | labels | Flock: recall [95 %] | precision | Presidio: recall [95 %] | precision |\n"
    "| --- | --- | --- | --- | --- | --- | --- |"
)
REAL = "| rule | records | places | of them `info` |\n| --- | --- | --- | --- |"


class Span(NamedTuple):
    what: str
    start: int
    end: int

    def overlaps(self, other: "Span") -> bool:
        return self.start < other.end and other.start < self.end


class Labelled(NamedTuple):
    text: str
    labels: list[Span]


Recogniser = Callable[[str], list[Span]]


class Score(NamedTuple):
    """Counts of one rule: labels met by a finding, by label; findings, and those that meet a label."""

    labels: Counter[str]
    met: Counter[str]
    found: int
    right: int

    def recall(self, label: str) -> str:
        if not self.labels[label]:
            return "–"
        low, high = wilson(self.met[label], self.labels[label])
        return f"{self.met[label] / self.labels[label]:.3f} [{low:.2f}–{high:.2f}]"

    def precision(self) -> str:
        return f"{self.right / self.found:.3f} ({self.right}/{self.found})" if self.found else "none found"


def worse(ours: dict[str, Score], its: dict[str, Score]) -> list[str]:
    """Rules of ours with a lower recall of a label, or a lower precision, than the peer's."""
    return [
        rule
        for rule, score in ours.items()
        if any(score.met[label] < its[rule].met[label] for label in score.labels)
        or score.right * its[rule].found < its[rule].right * score.found
    ]


def wilson(hits: int, trials: int) -> tuple[float, float]:
    """The 95 % score interval of a share (Wilson 1927)."""
    z, share = 1.96, hits / trials
    middle, spread = (
        share + z * z / (2 * trials),
        z * math.sqrt(share * (1 - share) / trials + (z / trials) ** 2 / 4),
    )
    scale = 1 + z * z / trials
    return max(0.0, (middle - spread) / scale), min(1.0, (middle + spread) / scale)


def read_labelled(path: Path, half: str) -> list[Labelled]:
    """Read each text once. The rules were tuned on the texts whose SHA-256 begins with an even byte."""
    rows = {row["full_text"]: row["spans"] for row in json.loads(path.read_text(encoding="utf-8"))}
    return [
        Labelled(text, [Span(s["entity_type"], s["start_position"], s["end_position"]) for s in spans])
        for text, spans in rows.items()
        if half == "both" or (half == "held-out") == bool(hashlib.sha256(text.encode()).digest()[0] % 2)
    ]


def flock(text: str) -> list[Span]:
    pair = Pair("open_qa", text, "", "")
    found = check(pair, DOLLY_RULES["open_qa"], checks=CHECKS)
    return [Span(finding.rule, finding.start, finding.end) for finding in found]


def presidio() -> Recogniser:
    """Presidio's default recognisers on a pipeline without a model; the list of domains is the one it carries.

    Imported here because what the import takes is measured.
    """
    try:
        import spacy  # noqa: PLC0415
        import tldextract  # noqa: PLC0415
        from presidio_analyzer import AnalyzerEngine  # noqa: PLC0415
        from presidio_analyzer.nlp_engine import SpacyNlpEngine  # noqa: PLC0415
    except ImportError:
        sys.exit("Presidio is not here: .venv/bin/pip install -r requirements-benchmarks.txt")
    tldextract.tldextract.TLD_EXTRACTOR = tldextract.TLDExtract(suffix_list_urls=())
    with tempfile.TemporaryDirectory() as folder:
        spacy.blank("en").to_disk(folder)
        engine = SpacyNlpEngine(models=[{"lang_code": "en", "model_name": folder}])
        analyzer = AnalyzerEngine(nlp_engine=engine)
        analyzer.analyze("", "en")

    def recognise(text: str) -> list[Span]:
        found = analyzer.analyze(text, "en")
        return [Span(PRESIDIO.get(hit.entity_type, hit.entity_type), hit.start, hit.end) for hit in found]

    return recognise


def score(texts: Iterable[Labelled], found: Iterable[list[Span]]) -> dict[str, Score]:
    """Compare by overlap: a label is met by a finding of its rule that shares a character with it."""
    labels: dict[str, Counter[str]] = defaultdict(Counter)
    met: dict[str, Counter[str]] = defaultdict(Counter)
    total: Counter[str] = Counter()
    right: Counter[str] = Counter()
    for text, spans in zip(texts, found, strict=True):
        for rule, meant in MEANT.items():
            wanted = [label for label in text.labels if label.what in meant]
            hits = [span for span in spans if span.what == rule]
            labels[rule].update(label.what for label in wanted)
            met[rule].update(label.what for label in wanted if any(map(label.overlaps, hits)))
            total[rule] += len(hits)
            right[rule] += sum(any(map(hit.overlaps, wanted)) for hit in hits)
    return {rule: Score(labels[rule], met[rule], total[rule], right[rule]) for rule in MEANT}


def timed(recognise: Recogniser, texts: list[Labelled]) -> tuple[list[list[Span]], float]:
    """What a recogniser finds, and the CPU milliseconds that it takes for a text."""
    recognise("Warm up: 4111 1111 1111 1111, +44 20 7946 0958, name@example.com.")
    start = time.process_time()
    found = [recognise(text.text) for text in texts]
    return found, (time.process_time() - start) / len(texts) * 1000


def resident_mib() -> float:
    """This process's resident memory; Linux only."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 2**20


def quality(path: Path, half: str) -> tuple[list[str], list[str]]:
    """The table of both, and the rules that are worse than the peer."""
    texts = read_labelled(path, half)
    before = resident_mib()
    found, our_ms = timed(flock, texts)
    after = resident_mib()
    peer_found, peer_ms = timed(presidio(), texts)
    peer_after = resident_mib()
    ours, its = score(texts, found), score(texts, peer_found)
    rows = [
        f"| {label} | `{rule}` | {ours[rule].labels[label]} | {ours[rule].recall(label)} | {ours[rule].precision()} "
        f"| {its[rule].recall(label)} | {its[rule].precision()} |"
        for rule, meant in MEANT.items()
        for label in meant
    ]
    head = f"{len(texts):,} labelled texts, {half}\n"
    cost = (
        f"\nCPU for a text: Flock {our_ms:.2f} ms, Presidio {peer_ms:.2f} ms. Memory that libraries and first run take: "
        f"Flock {after - before:.0f} MiB, Presidio {peer_after - after:.0f} MiB.\n"
    )
    return [head, QUALITY, *rows, cost], worse(ours, its)


def real(path: Path) -> Iterable[str]:
    """What the rules find in a file of records, and how fast."""
    with path.open("rb") as file:
        records = [(line, record) for line, record in read_records(file) if not isinstance(record, BadRecord)]
    lines: dict[str, set[int]] = defaultdict(set)
    places: Counter[str] = Counter()
    weak: Counter[str] = Counter()
    start = time.process_time()
    for line, record in records:
        pair = Pair(record.category, record.instruction, record.context, record.response)
        for finding in check(pair, DOLLY_RULES[record.category], checks=CHECKS):
            lines[finding.rule].add(line)
            places[finding.rule] += 1
            weak[finding.rule] += finding.severity == "info"
    seconds = time.process_time() - start
    yield f"{len(records):,} records of {path.name}: {len(records) / seconds:,.0f} a second on one core\n"
    yield REAL
    for rule in (row.rule for row in CHECKS):
        yield f"| `{rule}` | {len(lines[rule])} | {places[rule]} | {weak[rule]} |"
    yield f"\nAt most {MAX_PER_FIELD} places of a rule are told for a text."


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "--labelled", type=Path, required=True, help="generated_large.json of presidio-research"
    )
    parser.add_argument("--half", choices=("held-out", "tuning", "both"), default="held-out")
    parser.add_argument("--data", type=Path, help="also a file of records in dolly's format")
    parser.add_argument("--to", type=Path, help="also write the tables to this file")
    options = parser.parse_args()
    table, behind = quality(options.labelled, options.half)
    report = "\n".join([*table, *(real(options.data) if options.data else ())])
    print(report)
    if options.to:
        options.to.write_text(report + "\n", encoding="utf-8")
    if behind:
        sys.exit(f"behind Presidio: {', '.join(behind)}")


if __name__ == "__main__":
    main()
