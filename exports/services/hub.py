"""Push a release to a Hugging Face hub. Loaded by commands and jobs alone."""

from exports.domain import signature
from exports.domain.manifest import NAME
from exports.domain.release import IllegalMove, State
from exports.models import Release
from exports.services import hub_push, release_folder, signing
from exports.services.hub_push import Parcel
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
