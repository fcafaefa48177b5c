"""Idle memory of a running site: starts `up` in a new folder, lets it settle, and prints each process's PSS.

PSS counts a page shared by n processes as 1/n, so the sum is what the site really takes. Linux only.
"""

import argparse
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUDGET_MIB = 450


def start(data_dir: str) -> subprocess.Popen[str]:
    """Start a site with the demo and wait until it is ready."""
    environment = {**os.environ, "FLOCK_DATA_DIR": data_dir}
    command = [sys.executable, str(ROOT / "manage.py"), "up", "--port", "0"]
    site = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
    for line in site.stdout or ():
        if "Flock is ready" in line:
            return site
    sys.exit("the site did not start")


def processes() -> dict[int, tuple[int, str]]:
    """Every process of the machine: its parent and its command line."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = int(re.search(r"PPid:\s+(\d+)", (folder / "status").read_text())[1])
            found[int(folder.name)] = (parent, (folder / "cmdline").read_text().replace("\0", " ").strip())
        except (FileNotFoundError, ProcessLookupError):
            continue
    return found


def family(root: int) -> list[tuple[int, str]]:
    """A process and all its descendants."""
    everybody = processes()
    members, waiting = [], [root]
    while waiting:
        pid = waiting.pop()
        members.append((pid, everybody[pid][1]))
        waiting.extend(child for child, (parent, _) in everybody.items() if parent == pid)
    return sorted(members)


def pss_mib(pid: int) -> float:
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return int(re.search(r"^Pss:\s+(\d+)", rollup, re.MULTILINE)[1]) / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--settle", type=float, default=20, help="seconds between ready and measuring")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        site = start(folder)
        try:
            time.sleep(options.settle)
            rows = [(pss_mib(pid), command) for pid, command in family(site.pid)]
        finally:
            site.send_signal(signal.SIGTERM)
            site.communicate()
    for mib, command in rows:
        print(f"{mib:7.1f} MiB  {command.replace(str(ROOT), '.')[:100]}")
    total = sum(mib for mib, _ in rows)
    print(f"{total:7.1f} MiB  in {len(rows)} processes (budget {BUDGET_MIB} MiB)")
    sys.exit(total > BUDGET_MIB)


if __name__ == "__main__":
    main()
