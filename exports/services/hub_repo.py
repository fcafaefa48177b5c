"""One repository at a Hugging Face hub: what it holds, one commit that makes it hold something else, its tags."""

import logging
import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from enum import StrEnum
from io import BufferedReader, FileIO
from pathlib import Path
from typing import TypeVar

import httpx2
from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi
from huggingface_hub import logging as hub_logging
from huggingface_hub.errors import HfHubHTTPError
from huggingface_hub.hf_api import RepoFile, RepoFolder
from huggingface_hub.utils.tqdm import disable_progress_bars

from exports.services.hub_content import Content

MAIN = "main"
# The hub's own: which files it keeps as large ones. It goes with every repository and is no part of a release.
OF_THE_HUB = ".gitattributes"
# How the hub answers for a repository that does not exist, or that the token may not see: making it then tells which.
NOT_THERE = frozenset({401, 404})
BUSY = frozenset({429, 503})
TRIES = 4
# A hub that asks for more patience than this is asked again by a person.
LONGEST_WAIT_SECONDS = 120

_COMMIT = re.compile(r"[0-9a-f]{40}")
T = TypeVar("T")


class Kind(StrEnum):
    """What a repository is for, in the hub's words."""

    DATASET = "dataset"
    MODEL = "model"


class NotPushed(Exception):
    """The hub does not hold this release or model now; the message says why, in plain words."""


@dataclass(frozen=True)
class Head:
    """What stands at a revision."""

    commit: str
    files: Mapping[str, RepoFile]

    def holds(self, contents: Mapping[str, Content]) -> bool:
        """Whether exactly these files are there."""
        return self.files.keys() == contents.keys() and all(
            contents[path].is_at(entry) for path, entry in self.files.items()
        )


class _Counted(BufferedReader):
    """A file that counts what is read of it. Raises NotPushed where it cannot be read: that is no fault of the hub's."""

    bytes_read = 0

    def __init__(self, path: str, source: Path) -> None:
        self._path = path
        with _readable(path):
            super().__init__(FileIO(source))

    def read(self, size: int | None = -1, /) -> bytes:
        with _readable(self._path):
            piece = super().read(size)
        self.bytes_read += len(piece)
        return piece


class Repository:
    """Asks the hub, patiently where it is busy. Raises NotPushed alone, with what went wrong in plain words."""

    def __init__(
        self,
        repo_id: str,
        *,
        kind: Kind,
        endpoint: str,
        token: str,
        wait: Callable[[float], None] = time.sleep,
    ) -> None:
        self.repo_id = repo_id
        self._kind = kind.value
        self.endpoint = endpoint
        self._read: list[_Counted] = []
        self._api = HfApi(endpoint=endpoint, token=token)
        self._wait = wait
        disable_progress_bars()
        hub_logging.set_verbosity(logging.ERROR)  # what it remarks is said by our own messages

    @property
    def bytes_read(self) -> int:
        """How many bytes of the files were read: each is read once to be hashed, and once to be sent."""
        return sum(file.bytes_read for file in self._read)

    def is_public(self) -> bool | None:
        """Whether everybody sees it; None where there is no such repository."""
        with self._in_plain_words():
            try:
                return (
                    self._ask(lambda: self._api.repo_info(self.repo_id, repo_type=self._kind)).private
                    is False
                )
            except HfHubHTTPError as error:
                if error.response.status_code not in NOT_THERE:
                    raise
                return None

    def create(self, *, private: bool) -> None:
        """Make it, empty; one that is there already is left as it is."""
        with self._in_plain_words():
            self._ask(
                lambda: self._api.create_repo(
                    self.repo_id, repo_type=self._kind, exist_ok=True, private=private
                )
            )

    def main(self, contents: Mapping[str, Content]) -> Head:
        """What stands at main."""
        with self._in_plain_words():
            return self._at(self._main(), contents)

    def at(self, commit: str, contents: Mapping[str, Content]) -> Head:
        """What stands at a commit."""
        with self._in_plain_words():
            return self._at(commit, contents)

    def tags(self) -> dict[str, str]:
        """Every tag with its commit."""
        with self._in_plain_words():
            refs = self._ask(lambda: self._api.list_repo_refs(self.repo_id, repo_type=self._kind))
            return {tag.name: tag.target_commit for tag in refs.tags}

    def tagged(self, name: str) -> str | None:
        """The commit under a tag, if it is there."""
        return self.tags().get(name)

    def replace(self, head: Head, contents: Mapping[str, Content], *, message: str) -> str:
        """Make main hold these files and no others, in one commit on top of `head`. Returns the commit.

        The hub refuses where main has moved. Where its answer is lost, or says that it failed, main is looked at: a
        commit that was made is made.
        """
        with self._in_plain_words():
            try:
                return self._commit(head, contents, message)
            except (HfHubHTTPError, httpx2.HTTPError):
                now = self._main()
                if now == head.commit or not self._at(now, contents).holds(contents):
                    raise
                return now

    def tag(self, name: str, commit: str) -> None:
        """Put a tag on a commit. One that is there already must be on this very commit."""
        with self._in_plain_words():
            try:
                self._ask(
                    lambda: self._api.create_tag(
                        self.repo_id, tag=name, revision=commit, repo_type=self._kind
                    )
                )
            except (HfHubHTTPError, httpx2.HTTPError):
                if self.tagged(name) != commit:
                    raise

    def _main(self) -> str:
        return str(self._ask(lambda: self._api.repo_info(self.repo_id, repo_type=self._kind)).sha)

    def _at(self, commit: str, contents: Mapping[str, Content]) -> Head:
        repo = self.repo_id
        try:
            entries: list[RepoFile | RepoFolder] = self._ask(
                lambda: list(
                    self._api.list_repo_tree(repo, recursive=True, revision=commit, repo_type=self._kind)
                )
            )
        except HfHubHTTPError as error:
            if error.response.status_code != 404:
                raise
            # A hub that has nothing to list, or cannot list, is asked for these by name.
            entries = self._ask(
                lambda: self._api.get_paths_info(repo, list(contents), revision=commit, repo_type=self._kind)
            )
        files = {entry.path: entry for entry in entries if isinstance(entry, RepoFile)}
        files.pop(OF_THE_HUB, None)
        return Head(commit, files)

    def _commit(self, head: Head, contents: Mapping[str, Content], message: str) -> str:
        gone = sorted(head.files.keys() - contents.keys())
        with ExitStack() as files:
            operations: list[CommitOperationAdd | CommitOperationDelete] = [
                *(self._addition(path, content, files) for path, content in contents.items()),
                *(CommitOperationDelete(path) for path in gone),
            ]
            made = self._ask(
                lambda: self._api.create_commit(
                    self.repo_id,
                    operations,
                    commit_message=message,
                    repo_type=self._kind,
                    parent_commit=head.commit if _COMMIT.fullmatch(head.commit) else None,
                )
            )
        return made.oid

    def _addition(self, path: str, content: Content, files: ExitStack) -> CommitOperationAdd:
        # An open file and no path: the client then sends large files by the hub's LFS protocol, which every hub speaks,
        # and not by Xet's, which has servers of its own.
        if isinstance(content.source, bytes):
            return CommitOperationAdd(path_in_repo=path, path_or_fileobj=content.source)
        opened = files.enter_context(_Counted(path, content.source))
        self._read.append(opened)
        addition = CommitOperationAdd(path_in_repo=path, path_or_fileobj=opened)
        if addition.upload_info.sha256.hex() != content.sha256:
            raise NotPushed(f"{path} has changed since it was looked at. Nothing was sent; push again.")
        return addition

    def _ask(self, question: Callable[[], T]) -> T:
        """Ask, and again after the time that a busy hub names. Nothing was done where it says that it is busy."""
        for attempt in range(1, TRIES):
            try:
                return question()
            except HfHubHTTPError as error:
                pause = _pause(error, attempt)
                if pause is None:
                    raise
                self._wait(pause)
        return question()

    @contextmanager
    def _in_plain_words(self) -> Iterator[None]:
        try:
            yield
        except HfHubHTTPError as error:
            raise NotPushed(self._explain(error)) from error
        except RuntimeError as error:  # how the client tells that a large file could not be sent
            if isinstance(error.__cause__, NotPushed):
                raise error.__cause__ from error
            if isinstance(error.__cause__, HfHubHTTPError):
                raise NotPushed(self._explain(error.__cause__)) from error
            raise NotPushed(self._unreachable(error.__cause__ or error)) from error
        except ValueError as error:  # how it tells that the hub refuses a card or a large file
            raise NotPushed(f"The hub refuses it: {error}") from error
        except (httpx2.HTTPError, OSError) as error:
            raise NotPushed(self._unreachable(error)) from error

    def _unreachable(self, error: BaseException) -> str:
        reason = f"{type(error).__name__}: {error}".rstrip(": ")
        return f"{self.endpoint} cannot be reached ({reason}). What it holds is whole, the old or the new; push again."

    def _explain(self, error: HfHubHTTPError) -> str:
        status = error.response.status_code
        if status == 401:
            return "The hub does not know HF_TOKEN. It may have expired: make a new one."
        if status == 403:
            return f"HF_TOKEN may not write to {self.repo_id}. Use one that may."
        if status in {409, 412}:
            return f"{self.repo_id} has changed meanwhile. Look at it, and push again."
        if status in BUSY:
            return f"The hub is busy ({status}). Nothing was changed; push again later."
        return f"The hub answered with {status}. What it holds is whole, the old or the new; push again."


@contextmanager
def _readable(path: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise NotPushed(
            f"{path} cannot be read here ({error.strerror}). Mend that, and push again."
        ) from error


def _pause(error: HfHubHTTPError, attempt: int) -> float | None:
    """How many seconds to wait before asking again; None where asking again is no use now."""
    if error.response.status_code not in BUSY:
        return None
    asked = error.response.headers.get("Retry-After", "")
    seconds = int(asked) if asked.isdecimal() else 2**attempt
    return seconds if seconds <= LONGEST_WAIT_SECONDS else None
