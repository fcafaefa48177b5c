"""What a release says of its licence: LICENSE, REUSE.toml and the text in LICENSES/, with the legal code that is kept here.

Needs no database, so that a check can write them again.
"""

from pathlib import Path

from crowd.domain.licences import RELEASE_LICENCES
from exports.domain import manifest, reuse
from exports.domain.licence_file import licence_file

LEGAL_CODE = Path(__file__).resolve().parents[1] / "licences"


def files(licence: str, *, holder: str) -> dict[str, str]:
    """The files' texts by path. What has no legal code of its own has its notice in LICENSES/."""
    legal_code = _legal_code(licence)
    notice = licence_file(licence, holder=holder, legal_code=legal_code)
    return {
        manifest.LICENCE: notice,
        **reuse.files(licence, holder=holder, legal_code=legal_code or notice),
    }


def _legal_code(licence: str) -> str:
    if licence not in RELEASE_LICENCES:
        return ""
    return (LEGAL_CODE / f"{licence}.txt").read_text(encoding="utf-8")
