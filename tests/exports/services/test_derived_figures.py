"""A derived folder whose copy of the release's manifest states no figures, with every hash made to agree."""

import hashlib
from dataclasses import replace

import pytest

from exports.domain import card, manifest
from exports.domain import derived as deriveds
from exports.domain.manifest import CROISSANT, File
from exports.services.derived_verification import DerivedVerification

pytestmark = pytest.mark.django_db

REFUSAL = "release/manifest.json does not hold the figures of a release"


@pytest.mark.parametrize("counts", [{}, {"languages": [1]}, {"sources": []}, {"findings": 3}])
@pytest.mark.parametrize("has_croissant", [True, False])
def test_is_refused_in_words(derived, counts, has_croissant):
    _state(derived, counts, has_croissant=has_croissant)
    assert list(DerivedVerification(derived).problems())


def test_names_the_manifest_for_the_croissant_file(derived):
    _state(derived, {})
    assert list(DerivedVerification(derived).problems()) == [REFUSAL]


def test_names_the_manifest_for_the_card(derived):
    _state(derived, {}, has_croissant=False)
    assert list(DerivedVerification(derived).problems()) == [REFUSAL]


def _state(folder, counts, *, has_croissant=True):
    """Let manifest and card state these figures beside their own, or none."""
    about = manifest.load((folder / deriveds.RELEASE).read_bytes())
    about = replace(about, counts=counts and about.counts | counts)
    made = deriveds.load((folder / deriveds.NAME).read_bytes())
    contents = {deriveds.RELEASE: about.dump()}
    made = replace(made, manifest_sha256=hashlib.sha256(contents[deriveds.RELEASE]).hexdigest())
    text = (folder / manifest.CARD).read_text()
    fields = card.read_front_matter(text) | {"release": about.about, "derived": made.about}
    words = text.partition("\n---\n")[2]
    contents[manifest.CARD] = f"---\n{card.dump(fields)}---\n{words}".encode()
    files = {file.path: file for file in made.files}
    for path, content in contents.items():
        (folder / path).write_bytes(content)
        files[path] = File(path, hashlib.sha256(content).hexdigest(), len(content))
    if not has_croissant:
        (folder / CROISSANT).unlink()
        del files[CROISSANT]
    (folder / deriveds.NAME).write_bytes(replace(made, files=tuple(files.values())).dump())
