"""Write again what describes a release, from what the rest of its folder proves: then no word of it can be changed alone.

Whom to credit and what was chosen stand nowhere else and are read from the files themselves: the site's word, which a
report shows. Needs no database.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from exports.domain import card
from exports.domain.croissant import croissant
from exports.domain.licence_file import holder_in
from exports.domain.manifest import ATTRIBUTION, CARD, CROISSANT, DATA, LICENCE, PROVENANCE, Manifest
from exports.domain.pictures import pictures
from exports.domain.record_audit import RecordAudit
from exports.domain.release import Choice
from exports.domain.tombstone import Tombstone
from exports.services import dataset_card, licence_texts
from exports.services.dataset_card import Facts
from exports.services.pictures import draw

_MOST_SHOWN = 100
# What figures that are no release's make of the words about them.
NO_FIGURES = (KeyError, TypeError, ValueError, AttributeError, ArithmeticError)


class NoFigures(Exception):
    """What figures/quality.json holds are no figures of a release."""


@dataclass(frozen=True)
class Rewriting:
    """What is proved of a release, and what its LICENSE and its card tell beside that."""

    manifest: Manifest
    audit: RecordAudit
    told: Mapping[str, Any]  # what figures/quality.json holds
    carried: list[Tombstone]
    texts: Mapping[str, str]

    @property
    def holder(self) -> str:
        """Whom LICENSE says to credit."""
        return holder_in(self.texts[LICENCE])

    @property
    def choice(self) -> Choice:
        """What the card says was left out."""
        return card.told_choice(self.texts[CARD], licence=self.manifest.licence)

    def rights(self) -> dict[str, bytes]:
        """Licence and attribution, which every exporter writes alike."""
        return {
            **licences(self.manifest.licence, holder=self.holder),
            ATTRIBUTION: _bytes(self.audit.attribution.render(holder=self.holder)),
        }

    def words(self) -> dict[str, bytes]:
        """Card, Croissant file and pictures, as the exporter here writes them. Raises NoFigures."""
        about = self.manifest.about
        files = {file.path: file for file in self.manifest.files}
        facts = Facts(about, self.holder, self.choice, self._wordings(), self.carried, self.told)
        try:
            drawn = {
                picture.path: draw(picture) for picture in pictures(about["counts"]["categories"], self.told)
            }
            return {
                CARD: _bytes(dataset_card.render(facts)),
                CROISSANT: croissant(about, (files[DATA], files[PROVENANCE]), holder=self.holder),
                **drawn,
            }
        except NO_FIGURES as error:
            raise NoFigures from error

    def _wordings(self) -> dict[int, str]:
        """The wordings that the card quotes and that contributors accepted: by number and SHA-256 the provenance names."""
        quotations = card.quotations(self.texts[CARD])
        return {
            int(number): text
            for number, sha256 in self.audit.wordings
            if number.isdecimal()
            for text in _spellings(quotations.get(int(number), ""))
            if hashlib.sha256(_bytes(text)).hexdigest() == sha256
        }


def licences(licence: str, *, holder: str) -> dict[str, bytes]:
    """The files that name the licence, or give its text."""
    return {path: _bytes(text) for path, text in licence_texts.files(licence, holder=holder).items()}


def difference(path: str, there: bytes, written: bytes) -> Iterator[str]:
    """Where a file begins to be another than the one that is written again, in words; nothing where it is the same."""
    if there == written:
        return
    lines = zip_longest(there.split(b"\n"), written.split(b"\n"))
    number, found = next((n, one) for n, (one, other) in enumerate(lines, start=1) if one != other)
    shown = "it ends" if found is None else repr(found[:_MOST_SHOWN].decode(errors="replace"))
    yield f"{path} is not what these records and figures give, from line {number} on: {shown}"


def _spellings(quoted: str) -> tuple[str, str]:
    """A quotation does not tell whether its text had a line end at its end."""
    return quoted, f"{quoted}\n"


def _bytes(text: str) -> bytes:
    """A text's bytes. Half a surrogate pair, which no release has, gives bytes that are in no file of text."""
    return text.encode(errors="surrogatepass")
