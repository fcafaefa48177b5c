"""Put a parcel, which is a release or a model, into a repository at a Hugging Face hub: one commit of every file, then its tag."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from crowd.models import Event, Person
from crowd.services import events
from exports.domain.manifest import CARD
from exports.services.hub_content import Content
from exports.services.hub_repo import Head, Kind, NotPushed, Repository


@dataclass(frozen=True)
class Parcel:
    """What is pushed. `marker` is the file by which a repository for such parcels is known.

    `apart` are files that may differ without its being another parcel, and with `renews` they are brought up to date
    on main, where its tag is there already. `release` is the one that must be published before everybody may see it.
    """

    kind: Kind
    noun: str
    subject: tuple[str, str]  # of its events
    title: str
    tag: str
    contents: Mapping[str, Content]
    marker: str
    release: str
    is_published: bool
    apart: frozenset[str] = frozenset()
    renews: bool = False
    is_before: Callable[[str], bool] = lambda _tag: False  # whether a tag is that of a later one

    @property
    def size_bytes(self) -> int:
        return sum(content.size_bytes for content in self.contents.values())

    def is_at(self, head: Head) -> bool:
        """Whether this parcel stands there, whatever became of the files apart."""
        there = {path: entry for path, entry in head.files.items() if path not in self.apart}
        ours = {path: content for path, content in self.contents.items() if path not in self.apart}
        return Head(head.commit, there).holds(ours)


@dataclass(frozen=True)
class Pushed:
    """Where a parcel went. `is_new` is false where the hub had it already."""

    url: str
    commit: str
    is_new: bool = True
    back_from: str = ""  # the tag of a later one that main held before


@dataclass(frozen=True)
class Preview:
    """What a push would do now: files that would leave main, and one sentence on what the hub holds."""

    removed: tuple[str, ...]
    found: str


# Does the work while somebody may watch: what of how many bytes were read of the files, to be hashed and to be sent.
Watch = Callable[[Callable[[], Pushed], Callable[[], tuple[int, int]]], Pushed]


def unwatched(work: Callable[[], Pushed], progress: Callable[[], tuple[int, int]]) -> Pushed:
    return work()


def preview(parcel: Parcel, *, repo_id: str) -> Preview:
    """Ask the hub what a push would meet, and change nothing. Raises NotPushed where a push would be refused now."""
    repository = _repository(parcel, repo_id)
    is_public = repository.is_public()
    if is_public is None:
        return Preview((), "It would be made.")
    earlier = _earlier(repository, parcel)
    if earlier and not _is_out_of_date(repository, parcel):
        return Preview((), f"It holds the {parcel.noun} already, at {earlier.url}: nothing would be sent.")
    head = repository.main(parcel.contents)
    _require_fit(parcel, repo_id, head, is_public=is_public)
    found = f"Its main is at {head.commit}."
    if later := _later(repository, parcel, head):
        found += f" That is {later}, which is later: a push would take main back to {parcel.tag}."
    return Preview(tuple(sorted(head.files.keys() - parcel.contents.keys())), found)


def push(
    parcel: Parcel,
    *,
    repo_id: str,
    now: datetime,
    actor: Person | None = None,
    wait: Callable[[float], None] = time.sleep,
    watch: Watch = unwatched,
) -> Pushed:
    """Make the repository's main this parcel and tag it. Raises NotPushed.

    What is not published goes to a private repository alone. Main is the old parcel or this one, never a mix; a push
    that was cut off can simply be repeated, and one that was done is done.
    """
    repository = _repository(parcel, repo_id, wait=wait)
    total = 2 * parcel.size_bytes
    pushed = watch(lambda: _carry_out(parcel, repository), lambda: (repository.bytes_read, total))
    _record(parcel, repo_id, pushed, actor=actor, now=now)
    return pushed


def _carry_out(parcel: Parcel, repository: Repository) -> Pushed:
    """All that the hub is asked; nothing here asks the database."""
    is_public = repository.is_public()
    if is_public is None:
        repository.create(private=not parcel.is_published)
    earlier = _earlier(repository, parcel)
    if earlier is None:
        head = repository.main(parcel.contents)
        later = _later(repository, parcel, head)
        commit = _on_main(repository, parcel, head, is_public=bool(is_public))
        repository.tag(parcel.tag, commit)
        return Pushed(_url(parcel, repository.repo_id), commit, back_from=later)
    if _is_out_of_date(repository, parcel):
        head = repository.main(parcel.contents)
        return Pushed(earlier.url, _on_main(repository, parcel, head, is_public=bool(is_public)))
    return earlier


def _on_main(repository: Repository, parcel: Parcel, head: Head, *, is_public: bool) -> str:
    """The commit by which main is this parcel, made unless an earlier push was cut off just behind it."""
    if head.holds(parcel.contents):
        return head.commit
    _require_fit(parcel, repository.repo_id, head, is_public=is_public)
    commit = repository.replace(head, parcel.contents, message=parcel.title)
    if not repository.at(commit, parcel.contents).holds(parcel.contents):
        raise NotPushed(
            f"{repository.repo_id} left files out (has it a .gitignore?), so the {parcel.noun} is not tagged there."
        )
    return commit


def _earlier(repository: Repository, parcel: Parcel) -> Pushed | None:
    """An earlier push of this parcel, if its tag is there. Raises NotPushed where the tag is on something else."""
    commit = repository.tagged(parcel.tag)
    if commit is None:
        return None
    if not parcel.is_at(repository.at(commit, parcel.contents)):
        raise NotPushed(
            f"{repository.repo_id} has a tag {parcel.tag} already, and it is another {parcel.noun}. "
            "Nothing was changed."
        )
    return Pushed(_url(parcel, repository.repo_id), commit, is_new=False)


def _later(repository: Repository, parcel: Parcel, head: Head) -> str:
    """The tag of a later parcel that main holds, as its marker shows; else nothing."""
    marker = head.files.get(parcel.marker)
    if marker is None:
        return ""
    for tag, commit in repository.tags().items():
        if not parcel.is_before(tag):
            continue
        there = repository.at(commit, parcel.contents).files.get(parcel.marker)
        if there is not None and there.blob_id == marker.blob_id:
            return tag
    return ""


def _is_out_of_date(repository: Repository, parcel: Parcel) -> bool:
    """Whether main is this parcel, but for files apart that have changed since."""
    if not parcel.renews:
        return False
    head = repository.main(parcel.contents)
    return parcel.is_at(head) and not head.holds(parcel.contents)


def _require_fit(parcel: Parcel, repo_id: str, head: Head, *, is_public: bool) -> None:
    """Raises NotPushed where the repository is not one to put this parcel into."""
    if is_public and not parcel.is_published:
        raise NotPushed(
            f"{repo_id} is public, and release {parcel.release} is not published. Publish it first."
        )
    foreign = sorted(head.files.keys() - {CARD})
    if foreign and parcel.marker not in head.files:
        raise NotPushed(
            f"{repo_id} holds other things than {parcel.noun}s, {foreign[0]} for one. Nothing was changed: "
            f"a {parcel.noun} takes a repository of its own."
        )


def _record(parcel: Parcel, repo_id: str, pushed: Pushed, *, actor: Person | None, now: datetime) -> None:
    """Note where the parcel is, once; also for a push that was cut off before this."""
    data = {"repo_id": repo_id, "commit": pushed.commit, "endpoint": settings.HF_ENDPOINT}
    noted = Event.objects.about(*parcel.subject).filter(action="push", data=events.canonical_json(data))
    if not noted.exists():
        events.record(*parcel.subject, "push", now=now, actor=actor, data=data)


def _repository(parcel: Parcel, repo_id: str, *, wait: Callable[[float], None] = time.sleep) -> Repository:
    if not settings.HF_TOKEN:
        raise NotPushed("HF_TOKEN is not set: make a token that may write at the hub, and set it.")
    return Repository(
        repo_id, kind=parcel.kind, endpoint=settings.HF_ENDPOINT, token=settings.HF_TOKEN, wait=wait
    )


def _url(parcel: Parcel, repo_id: str) -> str:
    return f"{place(parcel.kind, repo_id)}/tree/{parcel.tag}"


def place(kind: Kind, repo_id: str) -> str:
    """The address of a repository for people."""
    folder = "datasets/" if kind == Kind.DATASET else ""
    return f"{settings.HF_ENDPOINT}/{folder}{repo_id}"
