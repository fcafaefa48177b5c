"""Where a release stands: the only writer of its state, by compare-and-set, each change with its event."""

from contextlib import suppress
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from crowd.models import Person
from crowd.services import events
from crowd.services.errors import Conflict
from exports.domain.gate import Problem
from exports.domain.release import Action, next_state
from exports.models import Release

RELEASE_SUBJECT = "release"


def move(
    release: Release,
    action: Action,
    *,
    now: datetime,
    actor: Person | None = None,
    reason: str = "",
    data: dict[str, Any] | None = None,
    **changes: Any,
) -> None:
    """Change a release by compare-and-set, with its event in the same transaction. Raises IllegalMove and Conflict."""
    before = release.state
    columns = {"state": next_state(before, action), **changes}
    with transaction.atomic():
        if not Release.objects.filter(**as_seen(release)).update(**columns):
            raise has_changed(release)
        events.record(
            RELEASE_SUBJECT,
            release.version,
            action,
            now=now,
            actor=actor,
            from_state=before,
            to_state=columns["state"],
            reason=reason,
            data=data,
        )
    for name, value in columns.items():
        setattr(release, name, value)


def fail(release: Release, problems: list[Problem], *, now: datetime) -> None:
    """Note why there is no release. A release that has moved on meanwhile is left alone."""
    with suppress(Conflict):
        reason = f"{len(problems)} reasons, the first: {problems[0]}"
        move(release, Action.FAIL, now=now, reason=reason, problems=[asdict(problem) for problem in problems])


def as_seen(release: Release) -> dict[str, Any]:
    """The columns by which a release is still the one that somebody holds."""
    return {name: getattr(release, name) for name in ("pk", "state", "cut_number", "published_at")}


def has_changed(release: Release) -> Conflict:
    return Conflict(_("Release %(version)s has just changed.") % {"version": release.version})
