"""Cut, cancel, publish and export a release.

A cut is asked for (release and job in one transaction); the job chooses the records and writes the files.
"""

import os
import socket
from collections.abc import Callable, Iterable
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from crowd.models import Category, Job, Person, Source
from crowd.services import events, jobs
from crowd.services.errors import Conflict
from exports import queries
from exports.domain.gate import Problem
from exports.domain.manifest import Manifest
from exports.domain.release import (
    MAX_VERSION_CHARS,
    MAX_VERSION_DIGITS,
    Action,
    Choice,
    IllegalMove,
    State,
    is_long_version,
    is_version,
    newest_before,
)
from exports.models import Release
from exports.services import release_folder
from exports.services.release_state import RELEASE_SUBJECT, fail, move

ATTEMPTS = 3


class BadChoice(ValueError):
    """What was asked for cannot be meant; nothing was done."""


class NothingToRelease(Conflict):
    """No approved record fits the choice."""


def cut(version: str, choice: Choice, *, person: Person | None = None, now: datetime) -> Release:
    """Ask for a release of what is approved when its job begins. Raises BadChoice, NothingToRelease and Conflict (a taken version)."""
    _require_sense(version, choice)
    if not queries.chosen(choice).exists():
        raise NothingToRelease(_("There is nothing to release: no approved pair fits this choice."))
    try:
        with transaction.atomic():
            release = _begin(version, choice, person=person, now=now)
            jobs.enqueue(
                queries.CUT_JOB,
                release.job_key,
                {"release": release.pk, "cut_number": release.cut_number},
                now=now,
                max_attempts=ATTEMPTS,
            )
    except IntegrityError:
        raise _taken(version) from None
    return release


def cut_here(
    version: str, choice: Choice, *, clock: Callable[[], datetime], person: Person | None = None
) -> Release:
    """Cut in this process, with or without a broker. Raises what `cut` raises, and what the writing raised.

    The job is claimed in the transaction that writes it, so no worker can take it first, and no bell is rung.
    """
    now = clock()
    with jobs.without_bell(), transaction.atomic():
        release = cut(version, choice, person=person, now=now)
        job = Job.objects.get(kind=queries.CUT_JOB, key=release.job_key)
        lease = jobs.claim(job.pk, job.attempt, owner=f"{socket.gethostname()}:{os.getpid()}", clock=clock)
    if lease is None:
        raise RuntimeError("a job that nobody else can see was claimed by somebody else")
    try:
        jobs.do(lease)
    except Exception as error:
        fail(release, [Problem("", "cut", str(error))], now=clock())
        raise
    release.refresh_from_db()
    return release


def cancel(release: Release, *, person: Person | None = None, now: datetime) -> None:
    """Stop a cut; its version may be cut again. Raises IllegalMove where it is no longer being cut, and Conflict."""
    problem = Problem("", "cut", "it was cancelled")
    move(release, Action.CANCEL, now=now, actor=person, problems=[asdict(problem)])


def publish(release: Release, *, person: Person | None = None, now: datetime) -> None:
    """From now on everybody may read it, signed in or not. Raises IllegalMove, and Conflict where it is published."""
    if release.is_published:
        raise Conflict(_("Release %(version)s is already published.") % {"version": release.version})
    move(release, Action.PUBLISH, now=now, actor=person, published_at=now, published_by=person)


def export(release: Release, target: Path) -> Manifest:
    """Copy a ready release's folder to an absent or empty one. Raises BadChoice, IllegalMove and BrokenRelease."""
    require_exportable(release, target)
    return release_folder.copy(release, target)


def require_exportable(release: Release, target: Path) -> None:
    """Raise IllegalMove where there are no files yet, and BadChoice where the folder is not absent or empty."""
    if release.state != State.READY:
        raise IllegalMove(release.state, "export")
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise BadChoice(_("%(folder)s is not an empty folder.") % {"folder": target})


def _begin(version: str, choice: Choice, *, person: Person | None, now: datetime) -> Release:
    fields: dict[str, Any] = {
        "profile": choice.profile,
        "options": choice.as_options(),
        "parent": _followed_by(version),
        "counts": {},
        "created_by": person,
        "created_at": now,
    }
    release = Release.objects.filter(version=version).first()
    if release is None:
        release = Release.objects.create(version=version, state=State.CUTTING, **fields)
        events.record(
            RELEASE_SUBJECT,
            version,
            Action.CUT,
            now=now,
            actor=person,
            to_state=State.CUTTING,
            data=release.options,
        )
        return release
    if release.state == State.READY or (release.state == State.CUTTING and _is_under_way(release, now)):
        raise _taken(version)
    move(
        release,
        Action.CUT_AGAIN,
        now=now,
        actor=person,
        data=choice.as_options(),
        problems=[],
        cut_number=release.cut_number + 1,
        **fields,
    )
    return release


def _followed_by(version: str) -> Release | None:
    """The release that a new one of this version follows, where there is one."""
    ready = {release.version: release for release in Release.objects.ready()}
    return ready.get(newest_before(version, ready))


def _is_under_way(release: Release, now: datetime) -> bool:
    """Whether somebody is cutting it or will: a waiting job, or one whose holder is alive as far as can be seen."""
    job = queries.cut_job(release)
    if job is None or job.state == Job.State.WAITING:
        return job is not None
    held = job.state == Job.State.RUNNING and job.lease_until is not None and job.lease_until > now
    return held and not _is_dead(job.lease_owner)


def _is_dead(owner: str) -> bool:
    """Whether a holder was a process of this machine that is no more. Of others only the lease tells."""
    host, _colon, process = owner.rpartition(":")
    if host != socket.gethostname() or not process.isdecimal():
        return False
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False


def _require_sense(version: str, choice: Choice) -> None:
    if is_long_version(version):
        raise BadChoice(
            _(
                "The version %(version)s is too long: %(digits)d digits a number, %(characters)d characters in all."
            )
            % {"version": version, "digits": MAX_VERSION_DIGITS, "characters": MAX_VERSION_CHARS}
        )
    if not is_version(version):
        raise BadChoice(
            _("%(version)s is not a semantic version such as 1.0.0.") % {"version": repr(version)}
        )
    _require_known(_("category"), Category.objects.values_list("key", flat=True), choice.categories)
    _require_known(
        _("source"), Source.objects.values_list("name", flat=True), choice.sources + choice.without_sources
    )


def _require_known(kind: str, names: Iterable[str], wanted: tuple[str, ...]) -> None:
    known = sorted(names) if wanted else []
    for name in wanted:
        if name not in known:
            raise BadChoice(
                _("There is no %(kind)s %(name)s. Known here: %(known)s.")
                % {"kind": kind, "name": name, "known": ", ".join(known) or _("none")}
            )


def _taken(version: str) -> Conflict:
    release = Release.objects.filter(version=version).first()
    if release is not None and release.state == State.CUTTING:
        return Conflict(_("Release %(version)s is being cut right now.") % {"version": version})
    return Conflict(
        _("Release %(version)s exists, and a release never changes. Take another version.")
        % {"version": version}
    )
