"""REUSE.toml and LICENSES/: the SPDX id of every file in the folder, as REUSE 3.3 wants it (https://reuse.software). Pure.

A text of the data may speak of licences, so what stands in a file does not count: `precedence` is `override`.
"""

import json
import tomllib

from exports.domain.card import is_mixed

TOML = "REUSE.toml"
LICENCES = "LICENSES/"
# SPDX's way to name what has no id of its own.
PER_RECORD = "LicenseRef-per-record"

_TOML = """\
version = 1

[[annotations]]
path = "**"
precedence = "override"
SPDX-FileCopyrightText = {holder}
SPDX-License-Identifier = {licence}
"""


def files(licence: str, *, holder: str, legal_code: str) -> dict[str, str]:
    """The files' texts by path. `legal_code` is the licence's own text, or what stands in its place."""
    name = spdx(licence)
    holders = f"{holder}, and whom ATTRIBUTION.md names"
    return {
        TOML: _TOML.format(holder=_quoted(holders), licence=_quoted(name)),
        f"{LICENCES}{name}.txt": legal_code,
    }


def spdx(licence: str) -> str:
    """The id that a release's licence has in REUSE.toml."""
    return PER_RECORD if is_mixed(licence) else licence


def names_licence(text: str, licence: str) -> bool:
    """Whether a REUSE.toml puts every file under this licence and says nothing else."""
    try:
        annotations = tomllib.loads(text).get("annotations")
    except (tomllib.TOMLDecodeError, RecursionError):
        return False
    if not isinstance(annotations, list) or len(annotations) != 1 or not isinstance(annotations[0], dict):
        return False
    expected = {"path": "**", "precedence": "override", "SPDX-License-Identifier": spdx(licence)}
    return expected.items() <= annotations[0].items()


def _quoted(text: str) -> str:
    """A basic string of TOML, which has JSON's escapes; DEL is the one character that JSON lets stand."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
