"""REUSE.toml and LICENSES/: the SPDX id of every file in the folder, as REUSE 3.3 wants it (https://reuse.software). Pure.

A text of the data may speak of licences, so what stands in a file does not count: `precedence` is `override`.
"""

import json

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
    holders = f"{holder}, and whom ATTRIBUTION.md names"
    toml, text = paths(licence)
    return {toml: _TOML.format(holder=_quoted(holders), licence=_quoted(spdx(licence))), text: legal_code}


def paths(licence: str) -> tuple[str, str]:
    """Where the files stand."""
    return TOML, f"{LICENCES}{spdx(licence)}.txt"


def spdx(licence: str) -> str:
    """The id that a release's licence has in REUSE.toml."""
    return PER_RECORD if is_mixed(licence) else licence


def _quoted(text: str) -> str:
    """A basic string of TOML, which has JSON's escapes; DEL is the one character that JSON lets stand."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
