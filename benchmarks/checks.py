"""What the checks find in a file of records, how fast they are, and a sample of what they find, for reading.

`.venv/bin/python benchmarks/checks.py --data FILE [--to REPORT.md]`
"""

import argparse
import random
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from crowd.domain.categories import DOLLY_RULES, CategoryRule, ContextRule
from crowd.domain.checks import CHECKS, DOOR, Check, Finding, Pair, check
from crowd.domain.record_blocks import read_records
from crowd.domain.records import BadRecord

# Records a second, on one core, of all checks together but those with a library of their own.
BOUND = 2_000
AROUND = 60  # characters beside a place in an excerpt
OWN_FIGURE = ("language", "pii")


@dataclass
class Tally:
    """What one check found in a file."""

    check: Check
    lines: list[int] = field(default_factory=list)
    found: list[tuple[int, Pair, Finding]] = field(default_factory=list)

    def add(self, line: int, pair: Pair, findings: Sequence[Finding]) -> None:
        if findings:
            self.lines.append(line)
        self.found += [(line, pair, finding) for finding in findings]


def read(path: Path) -> list[tuple[int, Pair, CategoryRule]]:
    with path.open("rb") as stream:
        return [
            (
                line,
                Pair(record.category, record.instruction, record.context, record.response),
                rule_of(record.category),
            )
            for line, record in read_records(stream)
            if not isinstance(record, BadRecord)
        ]


def rule_of(category: str) -> CategoryRule:
    return DOLLY_RULES.get(category, CategoryRule(category, ContextRule.OPTIONAL))


def tally(records: Iterable[tuple[int, Pair, CategoryRule]], checks: Sequence[Check]) -> list[Tally]:
    tallies = {rule.rule: Tally(rule) for rule in checks}
    for line, pair, category in records:
        by_rule: dict[str, list[Finding]] = {}
        for finding in check(pair, category, checks=checks):
            by_rule.setdefault(finding.rule, []).append(finding)
        for rule, findings in by_rule.items():
            tallies[rule].add(line, pair, findings)
    return list(tallies.values())


def seconds(records: Sequence[tuple[int, Pair, CategoryRule]], checks: Sequence[Check]) -> float:
    """CPU-seconds of this process for one pass, after one record has loaded what there is to load."""
    for _line, pair, category in records[:1]:
        check(pair, category, checks=checks)
    begin = time.process_time()
    for _line, pair, category in records:
        check(pair, category, checks=checks)
    return time.process_time() - begin


def groups(checks: Sequence[Check]) -> Iterator[tuple[str, list[Check]]]:
    """The checks by how their speed is reported."""
    own = {name: [c for c in checks if c.rule.split(".")[0] == name] for name in OWN_FIGURE}
    yield "at the door", [c for c in checks if c in DOOR]
    yield (
        "all but language and personal data",
        [c for c in checks if not any(c in some for some in own.values())],
    )
    yield from ((name, some) for name, some in own.items() if some)


def excerpt(pair: Pair, finding: Finding) -> str:
    """The place between ⟦ and ⟧ with what stands around it, on one line; markup cannot leave its code span."""
    value = pair.text_of(finding.field)  # type: ignore[arg-type]
    end = min(finding.end, finding.start + 200)
    parts = (
        value[max(0, finding.start - AROUND) : finding.start],
        value[finding.start : end],
        value[end : end + AROUND],
    )
    line = "{}⟦{}⟧{}".format(*parts)
    return " ".join(line.replace("`", "'").replace("|", "/").split()) or "(empty)"


def report(
    path: Path,
    records: Sequence[object],
    tallies: Sequence[Tally],
    speeds: Sequence[str],
    args: argparse.Namespace,
) -> str:
    lines = [
        f"# What the checks find in {path.name}",
        "",
        f"{len(records):,} records. Written by `benchmarks/checks.py` (seed {args.seed}).",
        "",
        "| rule | version | severity | records | share | places |",
        "| --- | --- | --- | --- | --- | --- |",
        *(row(found, len(records)) for found in tallies),
        "",
        *(f"- {speed}" for speed in speeds),
    ]
    for found in tallies:
        if found.found:
            lines += ["", f"## {found.check.rule}", "", *sample(found, args)]
    return "\n".join(lines) + "\n"


def row(found: Tally, records: int) -> str:
    rule, hit = found.check, len(found.lines)
    share = f"{hit / max(records, 1):.2%}"
    return f"| `{rule.rule}` | {rule.version} | {rule.severity} | {hit:,} | {share} | {len(found.found):,} |"


def sample(found: Tally, args: argparse.Namespace) -> Iterator[str]:
    """The first place of each of some records: many places in one record would say the same thing again."""
    firsts = {line: (pair, finding) for line, pair, finding in reversed(found.found)}
    lines = sorted(random.Random(args.seed).sample(sorted(firsts), min(args.sample, len(firsts))))
    for line in lines:
        pair, finding = firsts[line]
        yield f"- line {line}, {finding.field} [{finding.start}, {finding.end}): `{excerpt(pair, finding)}`"


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True, help="dolly-format JSONL")
    parser.add_argument("--to", type=Path, help="write the report with its excerpts here")
    parser.add_argument("--rule", action="append", help="only these rules, by id (may be repeated)")
    parser.add_argument("--sample", type=int, default=30, help="excerpts for each rule")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=3, help="the fastest of so many passes counts")
    args = parser.parse_args()
    checks = [rule for rule in CHECKS if not args.rule or rule.rule in args.rule]
    records = read(args.data)
    tallies = tally(records, checks)
    speeds, kept = [], True
    for name, some in groups(checks):
        rate = len(records) / max(min(seconds(records, some) for _ in range(args.rounds)), 1e-9)
        speeds.append(f"{name} ({len(some)}): {rate:,.0f} records a second on one core")
        kept &= not name.startswith("all but") or rate >= BOUND
    if args.to:
        args.to.write_text(report(args.data, records, tallies, speeds, args), encoding="utf-8")
    for found in tallies:
        print(f"{found.check.rule:20} {len(found.lines):7,} records {len(found.found):7,} places")
    print(*speeds, sep="\n")
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
