"""The only writer of a submission's state."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from crowd.domain import workflow
from crowd.models import Event, Person, Submission
from crowd.services import events, rows
from crowd.services.errors import Conflict

SUBJECT = "submission"


def begin(
    submission: Submission,
    action: workflow.Action,
    *,
    now: datetime,
    version: int = 1,
    actor: Person | None = None,
    actor_kind: str | None = None,
) -> Event:
    """Give a new, unsaved submission its first state and return the event to store with it."""
    submission.state = workflow.BEGINNINGS[action]
    return events.build(
        SUBJECT,
        submission.public_id,
        action,
        now=now,
        actor=actor,
        actor_kind=actor_kind,
        to_state=submission.state,
        version=version,
    )


def move(
    submission: Submission,
    action: workflow.Action,
    *,
    now: datetime,
    actor: Person | None = None,
    version: int | None = None,
    reason: str = "",
    data: dict[str, Any] | None = None,
    **changes: Any,
) -> None:
    """Change the state by compare-and-set and write the event in the same transaction.

    `changes` are other columns that change with the state, such as `approved_version`. The move is refused with
    IllegalMove where the table has none, and with Conflict where the row no longer has the state that was read.
    """
    before = submission.state
    after = workflow.next_state(before, action)
    columns = {"state": after, "updated_at": now, **changes}
    event = events.build(
        SUBJECT,
        submission.public_id,
        action,
        now=now,
        actor=actor,
        from_state=before,
        to_state=after,
        version=version,
        reason=reason,
        data=data,
    )
    with transaction.atomic(savepoint=False):
        changed = Submission.objects.filter(pk=submission.pk, state=before).update(**columns)
        if changed:
            rows.insert(event)
    # Only now: a refusal changed nothing, so it need not undo the caller's transaction.
    if not changed:
        raise Conflict(_("This submission has just changed. Please look at it again."))
    for name, value in columns.items():
        setattr(submission, name, value)


def move_together(
    submissions: Sequence[Submission], action: workflow.Action, *, now: datetime, actor: Person | None = None
) -> None:
    """Do what `move` does to many, all or none, in a few statements and the caller's transaction.

    Their current versions are loaded. Raises IllegalMove, and Conflict where one no longer has the state that was read.
    """
    found: dict[str, list[Submission]] = defaultdict(list)
    for submission in submissions:
        found[submission.state].append(submission)
    for before, some in found.items():
        after = workflow.next_state(before, action)
        as_read = Submission.objects.filter(pk__in=[one.pk for one in some], state=before)
        if as_read.update(state=after, updated_at=now) != len(some):
            raise Conflict(_("Some of these submissions have just changed. Please look at them again."))
        Event.objects.bulk_create(
            events.build(
                SUBJECT,
                one.public_id,
                action,
                now=now,
                actor=actor,
                from_state=before,
                to_state=after,
                version=one.current_version.number,
            )
            for one in some
        )
