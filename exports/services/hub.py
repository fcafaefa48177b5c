"""Push a release to a Hugging Face hub: one commit that holds every file, then the tag. Loaded by the command alone."""

import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

import httpx2
from django.conf import settings
from huggingface_hub import CommitOperationAdd, HfApi
from huggingface_hub.errors import HfHubHTTPError
from huggingface_hub.utils.tqdm import disable_progress_bars

from crowd.services import events
from exports.domain.manifest import NAME, Manifest
from exports.domain.release import IllegalMove, State
from exports.models import Release
from exports.services import release_folder
from exports.services.release import SUBJECT

_REPO_ID = re.compile(r"[A-Za-z0-9][\w.-]{0,95}/[A-Za-z0-9][\w.-]{0,95}", re.ASCII)
_COMMIT = re.compile(r"[0-9a-f]{40}")
DATASET = "dataset"


class NotPushed(Exception):
    """The hub does not hold this release now; the message says why, in plain words."""


@dataclass(frozen=True)
class Pushed:
    """Where a release went. `is_new` is false where the hub had it already."""

    url: str
    commit: str
    is_new: bool = True


def is_repo_id(text: str) -> bool:
    """Whether the text names a repository as ORG/NAME."""
    return _REPO_ID.fullmatch(text) is not None and "--" not in text and ".." not in text


def tag_of(release: Release) -> str:
    return f"v{release.version}"


def files_of(release: Release) -> list[str]:
    """What a push would carry, proved against the manifest. Raises IllegalMove and BrokenRelease."""
    manifest = _manifest(release)
    return [file.path for file in manifest.files] + [NAME]


def push(release: Release, *, repo_id: str, now: datetime) -> Pushed:
    """Make the repository's main this release and tag it. Raises IllegalMove, BrokenRelease and NotPushed.

    A release that is not published goes to a private repository. Main is the old release or this one, never a mix; a
    push that was cut off can simply be repeated.
    """
    paths = files_of(release)
    if not settings.HF_TOKEN:
        raise NotPushed("HF_TOKEN is not set: make a token that may write at the hub, and set it.")
    disable_progress_bars()
    api = HfApi(endpoint=settings.HF_ENDPOINT, token=settings.HF_TOKEN)
    with _plain_words(repo_id):
        api.create_repo(repo_id, repo_type=DATASET, exist_ok=True, private=not release.is_published)
        pushed = _earlier(api, release, repo_id) or _commit(api, release, repo_id, paths)
    data = {"repo_id": repo_id, "commit": pushed.commit, "endpoint": settings.HF_ENDPOINT}
    events.record(SUBJECT, release.version, "push", now=now, data=data)
    return pushed


def _commit(api: HfApi, release: Release, repo_id: str, paths: list[str]) -> Pushed:
    folder = release_folder.place(release.version)
    head = api.repo_info(repo_id, repo_type=DATASET).sha
    commit = api.create_commit(
        repo_id,
        [CommitOperationAdd(path_in_repo=path, path_or_fileobj=folder / path) for path in paths],
        commit_message=f"Release {release.version}",
        repo_type=DATASET,
        # The hub refuses where somebody else has committed since: never a mix of two releases.
        parent_commit=head if head and _COMMIT.fullmatch(head) else None,
    )
    api.create_tag(repo_id, tag=tag_of(release), revision=commit.oid, repo_type=DATASET)
    return Pushed(str(commit.commit_url), commit.oid)


def _earlier(api: HfApi, release: Release, repo_id: str) -> Pushed | None:
    """An earlier push of this release, if its tag is there. Raises NotPushed where the tag is on something else."""
    name = tag_of(release)
    tags = {tag.name: tag.target_commit for tag in api.list_repo_refs(repo_id, repo_type=DATASET).tags}
    if name not in tags:
        return None
    found = api.get_paths_info(repo_id, [NAME], revision=name, repo_type=DATASET)
    ours = _git_blob((release_folder.place(release.version) / NAME).read_bytes())
    if [getattr(entry, "blob_id", "") for entry in found] != [ours]:
        raise NotPushed(
            f"{repo_id} has a tag {name} already, and it is another release. Nothing was changed."
        )
    url = f"{settings.HF_ENDPOINT}/datasets/{repo_id}/tree/{name}"
    return Pushed(url, tags[name], is_new=False)


def _manifest(release: Release) -> Manifest:
    if release.state != State.READY:
        raise IllegalMove(release.state, "push")
    return release_folder.manifest_of(release)


def _git_blob(content: bytes) -> str:
    """The id that git gives a file of this content."""
    return hashlib.sha1(b"blob %d\x00" % len(content) + content, usedforsecurity=False).hexdigest()


@contextmanager
def _plain_words(repo_id: str) -> Iterator[None]:
    try:
        yield
    except HfHubHTTPError as error:
        raise NotPushed(_explain(error, repo_id)) from error
    except (httpx2.HTTPError, OSError) as error:
        reason = f"{type(error).__name__}: {error}".rstrip(": ")
        raise NotPushed(f"{settings.HF_ENDPOINT} cannot be reached ({reason}). Try again later.") from error


def _explain(error: HfHubHTTPError, repo_id: str) -> str:
    status = error.response.status_code
    if status == 401:
        return "The hub does not know HF_TOKEN. It may have expired: make a new one."
    if status == 403:
        return f"HF_TOKEN may not write to {repo_id}. Use one that may."
    if status in {409, 412}:
        return f"{repo_id} has changed meanwhile. Look at it, and push again."
    return f"The hub answered with {status}. What it holds is whole, the old or the new; push again."
