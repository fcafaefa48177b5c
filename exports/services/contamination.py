"""Which records of a release are near-duplicates, for its runs: what a run holds out must be like nothing it learns from.

The engine is crowd's, which `training` does not know: the two meet in a file of the run's folder. A search is a process
of its own, `python -m exports.services.contamination DATA TO`, so that whoever waits for it can end it at any moment.
"""

import json
import sys
from pathlib import Path
from typing import Final

from crowd.domain.similarity import kernels
from crowd.services import record_files

PROGRAM: Final = (sys.executable, "-m", "exports.services.contamination")


def write_pairs(data: Path, to: Path) -> None:
    """Write what `manage.py find_duplicates` finds in the data, whole or not at all. Raises OSError.

    It takes the processor, not the database: six seconds for 15,000 records.
    """
    unfinished = to.with_name(f".{to.name}.new")
    with data.open("rb") as stream, unfinished.open("w", encoding="utf-8") as out:
        # A release's lines are records, so that nothing is refused and there is nothing to say.
        reading = record_files.Reading(stream, say=lambda _: None)
        for row in record_files.duplicates(reading, similar=False, kernel=kernels.fastest()):
            out.write(json.dumps(row, ensure_ascii=False) + "\n")
    unfinished.replace(to)


def main(data: str, to: str) -> int:
    """The command; what went wrong is its last word."""
    try:
        write_pairs(Path(data), Path(to))
    except OSError as error:
        sys.stderr.write(f"The search for near-duplicates failed: {error.strerror}.\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
