"""Fine-tune runs: ask for one, cancel one. `move` alone changes a run's state; the job that does a run is `finetune`."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from crowd.models import Event, Job, Person
from crowd.services import events, jobs, workers
from crowd.services.errors import Conflict
from exports.domain.release import State as ReleaseState
from exports.domain.run_workflow import Action, IllegalMove, State, next_state
from exports.models import Release, Run
from exports.services.run_files import DataMissing, data_sha256
from training.config import ConfigError, Value, check_setting, find_recipe

SUBJECT = "run"
JOB = "finetune"
QUEUE = "training"


def check(recipe: str, overrides: Mapping[str, object]) -> dict[str, Value]:
    """The overrides as they will be used. Raises ConfigError, whose `key` names what is wrong."""
    if find_recipe(recipe).needs_base:
        raise ConfigError(
            "recipe", _("%(recipe)s starts from a pretrained base; this site has none.") % {"recipe": recipe}
        )
    return {key: check_setting(key, value) for key, value in overrides.items()}


def start(
    release: Release, *, recipe: str, overrides: Mapping[str, object], person: Person, now: datetime
) -> Run:
    """Queue a fine-tune of a ready release. Raises ConfigError, and Conflict where the release cannot be used yet."""
    checked = check(recipe, overrides)
    if release.state != ReleaseState.READY:
        raise Conflict(_("Release %(version)s is not ready.") % {"version": release.version})
    try:
        sha256 = data_sha256(release)
    except DataMissing as error:
        raise Conflict(str(error)) from error
    with transaction.atomic():
        run = Run.objects.create(
            release=release,
            data_sha256=sha256,
            recipe=recipe,
            overrides=checked,
            seed=checked.get("seed", find_recipe(recipe).settings["seed"]),
            code_version=settings.VERSION,
            state=State.QUEUED,
            created_by=person,
            created_at=now,
        )
        asked = {"release": release.version, "recipe": recipe, "overrides": checked}
        events.record(
            SUBJECT, run.public_id, Action.QUEUE, now=now, actor=person, to_state=run.state, data=asked
        )
        jobs.enqueue(JOB, run.public_id, {}, queue=QUEUE, now=now)
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
    held = Job.objects.filter(kind=JOB, key=str(run.public_id), state=Job.State.RUNNING).exists()
    if run.state == State.RUNNING and held:
        move(run, Action.ASK_TO_STOP, now=now, actor=person, stop_requested_at=now)
    else:
        # A worker that takes it up in this moment sees the row change, and stops.
        move(run, Action.CANCEL, now=now, actor=person, finished_at=now)


@transaction.atomic
def move(
    run: Run,
    action: Action,
    *,
    now: datetime,
    actor: Person | None = None,
    reason: str = "",
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
        SUBJECT,
        run.public_id,
        action,
        now=now,
        actor=actor,
        from_state=before,
        to_state=after,
        reason=reason,
    )


def waits_for(run: Run, *, now: datetime) -> str:
    """Why an unfinished run does not train right now, in a sentence; nothing when it does."""
    job = Job.objects.filter(kind=JOB, key=str(run.public_id)).first()
    if run.is_final or (
        job and job.state == Job.State.RUNNING and job.lease_until and job.lease_until >= now
    ):
        return ""
    if not workers.is_heard(queue=QUEUE, now=now):
        if settings.PRODUCTION:
            return _("No training worker is connected. The run is kept, and starts as soon as one is.")
        return _("A training worker is being started. It takes a few seconds to load.")
    other = Run.objects.running().select_related("release").exclude(pk=run.pk).first()
    if other:
        return _("Waits for the run before it: %(name)s.") % {"name": other.name}
    if Run.objects.queued_before(run).exists():
        return _("Waits for the runs that were asked for before it.")
    return _("A training worker is about to take it up.")
