"""JSON that people and runs wrote: what says two things, is damaged or would break its reader is refused. Standard library only."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any


def parse(text: str) -> Any:
    """The document. Raises ValueError with the reason, also for a key that an object has twice."""
    try:
        return json.loads(text, object_pairs_hook=_object)
    except json.JSONDecodeError as error:
        raise ValueError(f"not JSON ({error})") from error
    except RecursionError as error:
        raise ValueError("not JSON (nested too deeply)") from error


def read_object(path: Path) -> dict[str, Any]:
    """The object in a file. Raises ValueError with the reason, or OSError."""
    found = parse(path.read_text(encoding="utf-8"))
    if not isinstance(found, dict):
        raise ValueError("not a JSON object")  # noqa: TRY004 (a bad file, like the others)
    return found


def _object(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise ValueError(f"the key {key!r} stands there twice")
        found[key] = value
    return found
