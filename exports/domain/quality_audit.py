"""What `figures/quality.json` tells of a release, held against its records. Pure."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from exports.domain.quality import PATH, dump


def read(content: bytes) -> dict[str, Any]:
    """The figures under `counted` and `stated`. Raises ValueError where they are not written as a release writes them."""
    try:
        told = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise ValueError("it is not JSON") from error
    groups = ("counted", "stated")
    if (
        not isinstance(told, dict)
        or tuple(told) != groups
        or not all(type(told[name]) is dict for name in groups)
    ):
        raise ValueError("it must have the objects counted and stated, in this order")
    if dump(**told) != content:
        raise ValueError("it is not written the way a release writes it: somebody has edited it")
    return told


def problems(told: Mapping[str, Any], counted: Mapping[str, Any]) -> Iterator[str]:
    """Which figures are not those that the records give, as `Quality.counted` counts them again."""
    for name in sorted(told["counted"].keys() | counted.keys()):
        if told["counted"].get(name) != counted.get(name):
            yield f"{PATH} tells other {name} than the records give"
    for name in sorted(name for name, figure in told["stated"].items() if not is_figure(figure)):
        yield f"{PATH} tells something else than figures under {name}"


def is_figure(value: object) -> bool:
    """Whether this is a number, that there is none, or figures by their names."""
    if isinstance(value, dict):
        return all(map(is_figure, value.values()))
    return value is None or type(value) in {int, float}
