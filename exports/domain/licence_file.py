"""LICENSE: which licence a release is under, whom to credit, and the licence's own text where it is kept here. Pure."""

import re

from crowd.domain.licences import NAMES, URLS
from exports.domain.card import is_mixed

_MIXED = """\
No one licence fits all records of this release (SPDX: NOASSERTION).

Each record stands under its own licence, which provenance.jsonl names: `licence` for the instruction and the response,
`passage.licence` for the context.

Credit: {holder}, and whom ATTRIBUTION.md names.
"""

_ONE = """\
SPDX-License-Identifier: {licence}

This dataset is licensed under the {name} licence.
{url}

Credit: {holder}, and whom ATTRIBUTION.md names.
"""

_CREDIT = re.compile(r"^Credit: (.+), and whom ATTRIBUTION\.md names\.$", re.MULTILINE)


def licence_file(licence: str, *, holder: str, legal_code: str = "") -> str:
    """The file's text."""
    if is_mixed(licence):
        return _MIXED.format(holder=holder)
    notice = _ONE.format(
        licence=licence, name=NAMES.get(licence, licence), url=URLS.get(licence, ""), holder=holder
    )
    return f"{notice}\n{legal_code}" if legal_code else notice


def holder_in(text: str) -> str:
    """Whom a LICENSE says to credit; empty where it is none of ours."""
    found = _CREDIT.search(text)
    return found[1] if found else ""


def names_licence(text: str, licence: str) -> bool:
    """Whether a LICENSE names this licence as its first line does here."""
    expected = "No one licence fits" if is_mixed(licence) else f"SPDX-License-Identifier: {licence}\n"
    return text.startswith(expected)
