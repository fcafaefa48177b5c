"""A release pushed to the hub of the `hub` fixture, and what is to be there afterwards."""

from collections.abc import Callable

import pytest

from exports.models import Release
from exports.services import hub_push
from exports.services.hub import parcel_of
from exports.services.release_folder import place
from tests.support.damage import folder_of
from tests.support.factories import NOW

REPO = "flock/pairs"
# What the hub itself puts into a new repository.
OF_THE_HUB = {".gitattributes": b""}

# huggingface_hub 2.4.0 sends large files in a way that httpx2 deprecates (last needed 2026-11).
sends_large_files = pytest.mark.filterwarnings("ignore:Use 'content=<...>' to upload:DeprecationWarning")


def push(release: Release, wait: Callable[[float], None] = lambda _seconds: None) -> hub_push.Pushed:
    return hub_push.push(parcel_of(release), repo_id=REPO, now=NOW, wait=wait)


def on_the_hub(release: Release) -> dict[str, bytes]:
    """The files of a repository whose main is this release."""
    return OF_THE_HUB | folder_of(place(release.version))
