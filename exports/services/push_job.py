"""The job of a push: ask the hub, or send to it, and note how it went. Whatever the hub says stands in the push's row."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from crowd.models import Job
from crowd.services import jobs
from exports.domain.release import IllegalMove
from exports.models import Push, PushState, Release
from exports.services.release_folder import BrokenRelease

if TYPE_CHECKING:
    from exports.services.hub_push import Parcel

# Before anything is sent, a model of 48 GB is read for its hashes: eight minutes from a disk of 100 MB/s.
LEASE = timedelta(minutes=10)
# A large release over a slow line.
LIMIT = timedelta(hours=2)
LOOK_EVERY_SECONDS = 1.0
# Progress is told in what a counter of the database surely holds.
KIB = 1024
T = TypeVar("T")


def handle(lease: jobs.Lease) -> None:
    """The job: a look, or a push. A hub that refuses or is away ends it, and a person asks again."""
    from exports.services import hub_repo  # noqa: PLC0415 - the hub's client, which the web process never needs

    rows = Push.objects.select_related("release", "run__release", "created_by")
    push = rows.get(pk=lease.job.payload["push"])
    try:
        outcome = _looked(push) if push.is_dry_run else _sent(push, lease)
    except (hub_repo.NotPushed, IllegalMove, BrokenRelease) as reason:
        outcome = {"state": PushState.REFUSED, "message": str(reason)}
    with lease.finishing(now=lease.clock()):
        Push.objects.filter(pk=push.pk).update(finished_at=lease.clock(), **outcome)


def give_up(job: Job, now: datetime) -> None:
    """The job has had all its attempts."""
    reason = (
        "The worker ended before it was done. What the hub holds is whole, the old or the new; push again."
    )
    Push.objects.filter(pk=job.payload["push"], state=PushState.WAITING).update(
        state=PushState.REFUSED, message=reason, finished_at=now
    )


def _looked(push: Push) -> dict[str, Any]:
    from exports.services import hub_push  # noqa: PLC0415 - as above

    parcel = _parcel(push)
    found = hub_push.preview(parcel, repo_id=push.repo_id)
    said = [found.found]
    if found.removed:
        said.append(f"These files of the {parcel.noun} before would leave main: {', '.join(found.removed)}.")
    return {"state": PushState.DONE, "files": list(parcel.contents), "message": " ".join(said)}


def _sent(push: Push, lease: jobs.Lease) -> dict[str, Any]:
    from exports.services import hub_push  # noqa: PLC0415 - as above

    parcel = _parcel(push)
    pushed = hub_push.push(
        parcel,
        repo_id=push.repo_id,
        now=lease.clock(),
        actor=push.created_by,
        watch=lambda work, progress: _while_held(lease, work, progress),
    )
    message = f"It is there, tagged {parcel.tag}, in one commit: {pushed.commit}."
    if pushed.back_from:
        message += f" Main was {pushed.back_from}, which is later."
    if not pushed.is_new:
        message = f"It was there already, tagged {parcel.tag}. Nothing was sent."
    return {"state": PushState.DONE, "url": pushed.url, "message": message}


def _parcel(push: Push) -> "Parcel":
    from exports.services import hub, hub_model  # noqa: PLC0415 - as above

    thing = push.thing
    return hub.parcel_of(thing) if isinstance(thing, Release) else hub_model.parcel_of(thing)


def _while_held(lease: jobs.Lease, work: Callable[[], T], progress: Callable[[], tuple[int, int]]) -> T:
    """Do the work in a thread and hold on to the job meanwhile. Raises LostLease once the work has ended."""
    with ThreadPoolExecutor(max_workers=1) as pool:
        doing = pool.submit(work)
        while not wait([doing], timeout=LOOK_EVERY_SECONDS).done:
            done, total = progress()
            lease.renew(done=min(done, total) // KIB, total=total // KIB)
        return doing.result()
