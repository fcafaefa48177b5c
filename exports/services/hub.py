"""Push a release to a Hugging Face hub: one commit that holds every file, then the tag. Loaded by commands and jobs alone."""

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from crowd.models import Event, Person
from crowd.services import events
from exports.domain import signature
from exports.domain.manifest import CARD, NAME
from exports.domain.release import IllegalMove, State
from exports.models import Release
from exports.services import release_folder, signing
from exports.services.hub_repo import Content, Head, NotPushed, Repository
from exports.services.release_state import SUBJECT


@dataclass(frozen=True)
class Pushed:
    """Where a release went. `is_new` is false where the hub had it already."""

    url: str
    commit: str
    is_new: bool = True


@dataclass(frozen=True)
class Preview:
    """What a push would do now: files that would leave main, and one sentence on what the hub holds."""

    removed: tuple[str, ...]
    found: str


# Does the work while somebody may watch: what of how many bytes were read of the files, to be hashed and to be sent.
Watch = Callable[[Callable[[], Pushed], Callable[[], tuple[int, int]]], Pushed]


def unwatched(work: Callable[[], Pushed], progress: Callable[[], tuple[int, int]]) -> Pushed:
    return work()


def tag_of(release: Release) -> str:
    return f"v{release.version}"


def contents_of(release: Release) -> dict[str, Content]:
    """What a push carries: the release, and its signature where it has one. Raises IllegalMove and BrokenRelease."""
    if release.state != State.READY:
        raise IllegalMove(release.state, "push")
    manifest = release_folder.manifest_of(release)
    folder = release_folder.place(release.version)
    contents = {file.path: Content(file.sha256, file.bytes, folder / file.path) for file in manifest.files}
    contents[NAME] = _in_memory((folder / NAME).read_bytes())
    if signed := signing.current(release):
        contents[signature.NAME] = _in_memory(signed.content)
    return contents


def preview(release: Release, *, repo_id: str) -> Preview:
    """Ask the hub what a push would meet, and change nothing. Raises NotPushed where a push would be refused now."""
    contents = contents_of(release)
    repository = _repository(repo_id)
    is_public = repository.is_public()
    if is_public is None:
        return Preview((), "It would be made.")
    if earlier := _earlier(repository, release, contents):
        return Preview((), f"It holds the release already, at {earlier.url}: nothing would be sent.")
    head = repository.main(contents)
    _require_fit(release, repo_id, head, is_public=is_public)
    return Preview(tuple(sorted(head.files.keys() - contents.keys())), f"Its main is at {head.commit}.")


def push(
    release: Release,
    *,
    repo_id: str,
    now: datetime,
    actor: Person | None = None,
    wait: Callable[[float], None] = time.sleep,
    watch: Watch = unwatched,
) -> Pushed:
    """Make the repository's main this release and tag it. Raises IllegalMove, BrokenRelease and NotPushed.

    A release that is not published goes to a private repository alone. Main is the old release or this one, never a
    mix; a push that was cut off can simply be repeated, and one that was done is done.
    """
    contents = contents_of(release)
    repository = _repository(repo_id, wait=wait)
    total = 2 * sum(each.size_bytes for each in contents.values())
    pushed = watch(lambda: _carry_out(release, repository, contents), lambda: (repository.bytes_read, total))
    _record(release, repo_id, pushed, actor=actor, now=now)
    return pushed


def _carry_out(release: Release, repository: Repository, contents: dict[str, Content]) -> Pushed:
    """All that the hub is asked; nothing here asks the database."""
    is_public = repository.is_public()
    if is_public is None:
        repository.create(private=not release.is_published)
    pushed = _earlier(repository, release, contents)
    if pushed is None:
        commit = _on_main(repository, release, contents, is_public=bool(is_public))
        repository.tag(tag_of(release), commit)
        pushed = Pushed(_url(release, repository.repo_id), commit)
    return pushed


def _on_main(
    repository: Repository, release: Release, contents: dict[str, Content], *, is_public: bool
) -> str:
    """The commit by which main is this release, made unless an earlier push was cut off just behind it."""
    head = repository.main(contents)
    if head.holds(contents):
        return head.commit
    _require_fit(release, repository.repo_id, head, is_public=is_public)
    commit = repository.replace(head, contents, message=f"Release {release.version}")
    if not repository.at(commit, contents).holds(contents):
        raise NotPushed(
            f"{repository.repo_id} left files out (has it a .gitignore?), so the release is not tagged there."
        )
    return commit


def _earlier(repository: Repository, release: Release, contents: dict[str, Content]) -> Pushed | None:
    """An earlier push of this release, if its tag is there. Raises NotPushed where the tag is on something else."""
    name = tag_of(release)
    commit = repository.tagged(name)
    if commit is None:
        return None
    # A signature that was made after the push is no other release.
    head = repository.at(commit, contents)
    unsigned = {path: entry for path, entry in head.files.items() if path != signature.NAME}
    ours = {path: content for path, content in contents.items() if path != signature.NAME}
    if not Head(commit, unsigned).holds(ours):
        raise NotPushed(
            f"{repository.repo_id} has a tag {name} already, and it is another release. Nothing was changed."
        )
    return Pushed(_url(release, repository.repo_id), commit, is_new=False)


def _require_fit(release: Release, repo_id: str, head: Head, *, is_public: bool) -> None:
    """Raises NotPushed where the repository is not one to put this release into."""
    if is_public and not release.is_published:
        raise NotPushed(
            f"{repo_id} is public, and release {release.version} is not published. Publish it first."
        )
    foreign = sorted(head.files.keys() - {CARD})
    if foreign and NAME not in head.files:
        raise NotPushed(
            f"{repo_id} holds other things than releases, {foreign[0]} for one. Nothing was changed: "
            "a release takes a repository of its own."
        )


def _record(release: Release, repo_id: str, pushed: Pushed, *, actor: Person | None, now: datetime) -> None:
    """Note where the release is, once; also for a push that was cut off before this."""
    data = {"repo_id": repo_id, "commit": pushed.commit, "endpoint": settings.HF_ENDPOINT}
    noted = Event.objects.about(SUBJECT, release.version).filter(
        action="push", data=events.canonical_json(data)
    )
    if not noted.exists():
        events.record(SUBJECT, release.version, "push", now=now, actor=actor, data=data)


def _repository(repo_id: str, *, wait: Callable[[float], None] = time.sleep) -> Repository:
    if not settings.HF_TOKEN:
        raise NotPushed("HF_TOKEN is not set: make a token that may write at the hub, and set it.")
    return Repository(repo_id, endpoint=settings.HF_ENDPOINT, token=settings.HF_TOKEN, wait=wait)


def _url(release: Release, repo_id: str) -> str:
    return f"{settings.HF_ENDPOINT}/datasets/{repo_id}/tree/{tag_of(release)}"


def _in_memory(content: bytes) -> Content:
    return Content(hashlib.sha256(content).hexdigest(), len(content), content)
