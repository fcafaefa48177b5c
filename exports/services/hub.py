"""Push a release to a Hugging Face hub. Loaded by commands and jobs alone."""

from pathlib import Path

from exports.domain import signature
from exports.domain.manifest import NAME, File
from exports.domain.release import IllegalMove, State, is_version, precedence
from exports.models import Release
from exports.services import release_folder, signing
from exports.services.hub_content import Content, in_memory, on_disk
from exports.services.hub_push import Parcel
from exports.services.hub_repo import Kind
from exports.services.release_folder import BrokenRelease
from exports.services.release_state import RELEASE_SUBJECT


def tag_of(release: Release) -> str:
    return f"v{release.version}"


def contents_of(release: Release) -> dict[str, Content]:
    """What a push carries: the release, and its signature where it has one. Raises IllegalMove and BrokenRelease.

    Every file is proved against the manifest, and the manifest against the database, before a hub is asked anything.
    """
    if release.state != State.READY:
        raise IllegalMove(release.state, "push")
    manifest = release_folder.manifest_of(release)
    folder = release_folder.place(release.version)
    contents = {file.path: _proved(folder / file.path, file) for file in manifest.files}
    contents[NAME] = in_memory(manifest.dump())
    if signed := signing.current(release):
        contents[signature.NAME] = in_memory(signed.content)
    return contents


def _proved(place: Path, file: File) -> Content:
    try:
        content = on_disk(place)
    except OSError as error:
        raise BrokenRelease(f"{file.path} cannot be read") from error
    if (content.sha256, content.size_bytes) != (file.sha256, file.bytes):
        raise BrokenRelease(f"{file.path} is not what the manifest says")
    return content


def parcel_of(release: Release) -> Parcel:
    """The release as it is pushed. Raises IllegalMove and BrokenRelease."""
    return Parcel(
        kind=Kind.DATASET,
        noun="release",
        subject=(RELEASE_SUBJECT, release.version),
        title=f"Release {release.version}",
        tag=tag_of(release),
        contents=contents_of(release),
        marker=NAME,
        release=release.version,
        is_published=release.is_published,
        # A signature that was made after the push is no other release.
        apart=frozenset({signature.NAME}),
        is_before=lambda tag: _is_later(tag, release.version),
    )


def _is_later(tag: str, version: str) -> bool:
    """Whether it is the tag of a later release; others' tags are none."""
    other = tag.removeprefix("v")
    return other != tag and is_version(other) and precedence(other) > precedence(version)
