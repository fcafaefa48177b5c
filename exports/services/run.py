"""Fine-tune runs: ask for one, cancel one, resume one. `move` alone changes a run's state; `finetune` is the job that does a run."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from crowd.models import Event, Person
from crowd.services import events, jobs
from crowd.services.errors import Conflict
from exports.domain.release import State as ReleaseState
from exports.domain.run_workflow import Action, IllegalMove, RunState, next_state
from exports.models import Release, Run
from exports.services import bases
from exports.services.bases import Base
from exports.services.release_folder import BrokenRelease
from exports.services.run_files import DataMissing, data_sha256
from exports.services.run_queue import QUEUE, RUN_JOB, is_held, job_of
from training.config import ConfigError, Value, find_recipe, settings_of

RUN_SUBJECT = "run"


def check(
    recipe: str, overrides: Mapping[str, object], base: str = ""
) -> tuple[dict[str, Value], Base | None]:
    """The overrides as they will be used, and what the run starts from. Raises ConfigError, whose `key` is at fault."""
    found = find_recipe(recipe)
    every = settings_of(found, overrides)
    return {key: every[key] for key in overrides}, bases.choose(found, every, name=base)


def start(
    release: Release,
    *,
    recipe: str,
    overrides: Mapping[str, object],
    base: str = "",
    person: Person,
    now: datetime,
) -> Run:
    """Queue a fine-tune of a ready release. Raises ConfigError, and Conflict where the release cannot be used yet."""
    checked, start_from = check(recipe, overrides, base)
    if release.state != ReleaseState.READY:
        raise Conflict(_("Release %(version)s is not ready.") % {"version": release.version})
    sha256 = _sha256_now(release)
    with transaction.atomic():
        run = Run.objects.create(
            release=release,
            data_sha256=sha256,
            recipe=recipe,
            overrides=checked,
            seed=checked.get("seed", find_recipe(recipe).settings["seed"]),
            base=start_from.name if start_from else "",
            base_licence=start_from.licence if start_from else "",
            code_version=settings.VERSION,
            state=RunState.QUEUED,
            created_by=person,
            created_at=now,
            queued_at=now,
        )
        asked = {"release": release.version, "recipe": recipe, "overrides": checked, "base": run.base}
        events.record(
            RUN_SUBJECT, run.public_id, Action.QUEUE, now=now, actor=person, to_state=run.state, data=asked
        )
        jobs.enqueue(RUN_JOB, run.public_id, {}, queue=QUEUE, now=now)
    return run


def cancel(run: Run, *, person: Person, now: datetime) -> None:
    """End a run: at once where nobody trains it, else by asking its worker. Raises Conflict for a finished one."""
    try:
        _cancel(run, person=person, now=now)
    except Conflict:
        run.refresh_from_db()
        if run.is_final:
            raise
        _cancel(run, person=person, now=now)  # it started, or paused, in this very moment


def _cancel(run: Run, *, person: Person, now: datetime) -> None:
    if run.stop_requested_at and not run.is_final:
        return
    if run.state == RunState.RUNNING and is_held(job_of(run), now=now):
        move(run, Action.ASK_TO_STOP, now=now, actor=person, stop_requested_at=now)
    else:
        # A worker that takes it up in this moment sees the row change, and stops.
        move(run, Action.CANCEL, now=now, actor=person, finished_at=now)


def resume(run: Run, *, person: Person, now: datetime) -> None:
    """Let a run that failed or was cancelled go on from its last checkpoint, at the end of the queue. Raises Conflict."""
    if not run.can_resume:
        raise Conflict(_("Only a run that failed or was cancelled can be resumed."))
    if _sha256_now(run.release) != run.data_sha256:
        raise Conflict(_("The data of release %(version)s is not what it was.") % {"version": run.release})
    try:
        if run.base:
            bases.find(run.base)
    except ConfigError as error:
        raise Conflict(str(error)) from error
    with transaction.atomic():
        job = job_of(run)
        if job is None or not jobs.reopen(job, now=now):
            raise Conflict(_("A worker is still letting go of this run. Please try again in a moment."))
        move(
            run,
            Action.RESUME,
            now=now,
            actor=person,
            data={"code_version": settings.VERSION},
            queued_at=now,
            stop_requested_at=None,
            finished_at=None,
            exit_code=None,
            message="",
        )


def _sha256_now(release: Release) -> str:
    try:
        return data_sha256(release)
    except DataMissing as error:
        raise Conflict(str(error)) from error
    except BrokenRelease as error:
        told = {"version": release, "why": error}
        raise Conflict(_("Release %(version)s is damaged, so no run can use it: %(why)s.") % told) from error


@transaction.atomic
def move(
    run: Run,
    action: Action,
    *,
    now: datetime,
    actor: Person | None = None,
    reason: str = "",
    data: Mapping[str, Any] | None = None,
    **changes: Any,
) -> Event:
    """Change the state by compare-and-set and write the event in the same transaction.

    `changes` are other columns that change with it. Raises Conflict where the table has no such move from the state
    that was read, or where the row has another state by now.
    """
    before = run.state
    try:
        after = next_state(before, action)
    except IllegalMove as error:
        raise Conflict(_("This run is already over.") if run.is_final else str(error)) from error
    columns = {"state": after.value, **changes}
    if not Run.objects.filter(pk=run.pk, state=before).update(**columns):
        raise Conflict(_("This run has just changed. Please look at it again."))
    for name, value in columns.items():
        setattr(run, name, value)
    return events.record(
        RUN_SUBJECT,
        run.public_id,
        action,
        now=now,
        actor=actor,
        from_state=before,
        to_state=after,
        reason=reason,
        data=data,
    )
