"""The job of a cut: choose the records of a release and write its files.

It can be killed anywhere: nothing is visible before the folder has its name and, in the same moment, the release is ready.
"""

import errno
import time
from datetime import datetime, timedelta

from django.conf import settings

from crowd.models import Job
from crowd.services import jobs
from crowd.services.errors import Conflict
from exports.domain.gate import Problem
from exports.domain.release import Action, Choice, State
from exports.models import Release
from exports.services import release_files, release_folder, release_records
from exports.services.release_state import as_seen, fail, has_changed, move

# Outlasts the longest silence: PostgreSQL sorts a million lines before it gives the first one.
LEASE = timedelta(minutes=2)
# Each renewal is a durable commit, and a chunk of records takes a fraction of a second.
RENEW_EVERY = timedelta(seconds=1)
# About as long as a part of the choice keeps the others waiting.
REST_SECONDS = 0.02
# A million records take some minutes.
LIMIT = timedelta(minutes=30)
# It was asked for when there was something, which is gone meanwhile.
NOTHING = "there is nothing to release any more: no approved pair fits this choice"
# What the operating system says where there is no room: on the disk, in a quota, in a file.
NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


def handle(lease: jobs.Lease) -> None:
    """The job: write the files of one cut. A cut that was begun anew or has ended is none of its business any more."""
    payload = lease.job.payload
    release = (
        Release.objects.select_related("parent")
        .filter(pk=payload["release"], cut_number=payload["cut_number"], state=State.CUTTING)
        .first()
    )
    if release is None:
        with lease.finishing(now=lease.clock()):
            return
    try:
        _write(release, lease)
    except release_files.Refused as refusal:
        _end_without(release, lease, refusal.problems)
    except OSError as error:
        if error.errno not in NO_ROOM:
            raise
        _end_without(release, lease, [Problem("", "cut", _no_room())])
    except Conflict:
        # It was cancelled, or begun anew, while it was being written.
        with lease.finishing(now=lease.clock()):
            return


def give_up(job: Job, now: datetime) -> None:
    """The job has had all its attempts: the release has failed, and its version may be cut again."""
    release = Release.objects.filter(pk=job.payload["release"], cut_number=job.payload["cut_number"]).first()
    if release is None or release.state != State.CUTTING:
        return
    reason = f"the files could not be written in {job.attempt} attempts ({job.error or 'the worker died'})"
    fail(release, [Problem("", "cut", reason)], now=now)


def _write(release: Release, lease: jobs.Lease) -> None:
    if not release_records.are_chosen(release):
        _choose(release, lease)
    progress = _Progress(release, lease)
    with release_folder.temporary(release.version) as folder:
        manifest = release_files.write(release, folder, progress=progress)
        manifest_sha256 = folder.seal(manifest)
        now = lease.clock()
        # The folder moves inside the fence: whoever lost the lease can no longer touch the place.
        with lease.finishing(now=now):
            move(
                release,
                Action.FINISH,
                now=now,
                data={"manifest_sha256": manifest_sha256},
                licence=manifest.licence,
                counts=manifest.counts,
                manifest_sha256=manifest_sha256,
                ready_at=now,
            )
            folder.move_to(release_folder.place(release.version))


def _choose(release: Release, lease: jobs.Lease) -> None:
    def hold() -> None:
        """Nobody takes the job or moves the release before the transaction ends. Raises LostLease and Conflict."""
        lease.renew()
        if not Release.objects.select_for_update().filter(**as_seen(release)).values_list("pk"):
            raise has_changed(release)

    choice = Choice.from_options(release.options)
    if not release_records.choose(release, choice, hold=hold, rest=lambda: time.sleep(REST_SECONDS)):
        raise release_files.Refused([Problem("", "cut", NOTHING)])


class _Progress:
    """Hears of written records; now and then renews the lease by them, and asks whether the cut is still wanted."""

    def __init__(self, release: Release, lease: jobs.Lease) -> None:
        self._release, self._lease = release, lease
        self._total, self._done = release.records.count(), 0
        self._renew(lease.clock())

    def __call__(self, more: int) -> None:
        """Raises Conflict where the release is no longer being cut, and LostLease."""
        self._done += more
        now = self._lease.clock()
        if now - self._renewed_at >= RENEW_EVERY or self._done == self._total:
            self._renew(now)

    def _renew(self, now: datetime) -> None:
        self._renewed_at = now
        self._lease.renew(done=self._done, total=self._total)
        if not Release.objects.filter(**as_seen(self._release)).exists():
            raise has_changed(self._release)


def _end_without(release: Release, lease: jobs.Lease, problems: list[Problem]) -> None:
    """The job is done, and there is no release."""
    with lease.finishing(now=lease.clock()):
        fail(release, problems, now=lease.clock())


def _no_room() -> str:
    return f"there is no room for its files under {settings.RELEASES_DIR}: free some, then cut it again"
