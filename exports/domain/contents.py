"""Which files a release consists of, whatever its manifest lists: a folder may hold no others. Pure."""

from collections.abc import Iterator

from exports.domain import quality, reuse, tombstone
from exports.domain.manifest import FILES, NAME, Manifest
from exports.domain.pictures import PATHS as PICTURES


def needed(licence: str) -> set[str]:
    """The files that every release under this licence has, beside its manifest."""
    return {*FILES, *reuse.paths(licence), quality.PATH}


def problems(manifest: Manifest) -> Iterator[str]:
    """What a manifest lists that is no part of a release, or leaves out that is. Pictures come as the figures give them."""
    listed, always = {file.path for file in manifest.files}, needed(manifest.licence)
    for path in sorted(listed - always - {tombstone.NAME} - PICTURES):
        yield f"{path} does not belong to a release, and {NAME} lists it"
    for path in sorted(always - listed):
        yield f"{path} belongs to every release, and {NAME} does not list it"
