"""Which records of a release are near-duplicates, for its runs: what a run holds out must be like nothing it learns from.

The engine is crowd's, which `training` does not know: the two meet in a file of the run's folder.
"""

import json
from pathlib import Path

from crowd.domain.similarity import kernels
from crowd.services import record_files


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
