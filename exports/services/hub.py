"""Push a release to a Hugging Face hub. Loaded by commands and jobs alone."""

import time
from collections.abc import Callable
from datetime import datetime

from crowd.models import Person
from exports.domain import signature
from exports.domain.manifest import NAME
from exports.domain.release import IllegalMove, State
from exports.models import Release
from exports.services import hub_push, release_folder, signing
from exports.services.hub_push import Parcel, Preview, Pushed, Watch, unwatched
from exports.services.hub_repo import Content, Kind
from exports.services.release_state import SUBJECT


def tag_of(release: Release) -> str:
    return f"v{release.version}"


def contents_of(release: Release) -> dict[str, Content]:
    """What a push carries: the release, and its signature where it has one. Raises IllegalMove and BrokenRelease."""
    if release.state != State.READY:
        raise IllegalMove(release.state, "push")
    manifest = release_folder.manifest_of(release)
    folder = release_folder.place(release.version)
    contents = {file.path: Content(file.sha256, file.bytes, folder / file.path) for file in manifest.files}
    contents[NAME] = hub_push.in_memory((folder / NAME).read_bytes())
    if signed := signing.current(release):
        contents[signature.NAME] = hub_push.in_memory(signed.content)
    return contents


def preview(release: Release, *, repo_id: str) -> Preview:
    """What a push would meet. Raises IllegalMove and BrokenRelease, and NotPushed where a push would be refused now."""
    return hub_push.preview(parcel_of(release), repo_id=repo_id)


def push(
    release: Release,
    *,
    repo_id: str,
    now: datetime,
    actor: Person | None = None,
    wait: Callable[[float], None] = time.sleep,
    watch: Watch = unwatched,
) -> Pushed:
    """Make the repository's main this release and tag it. Raises IllegalMove, BrokenRelease and NotPushed."""
    return hub_push.push(parcel_of(release), repo_id=repo_id, now=now, actor=actor, wait=wait, watch=watch)


def parcel_of(release: Release) -> Parcel:
    """The release as it is pushed. Raises IllegalMove and BrokenRelease."""
    return Parcel(
        kind=Kind.DATASET,
        noun="release",
        subject=(SUBJECT, release.version),
        title=f"Release {release.version}",
        tag=tag_of(release),
        contents=contents_of(release),
        marker=NAME,
        release=release.version,
        is_published=release.is_published,
        # A signature that was made after the push is no other release.
        apart=frozenset({signature.NAME}),
    )
