"""What an admin changes on the admin site: stored with an event that says what it was before and is now."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from crowd.models import Category, Contest, Person
from crowd.services import events, people
from crowd.services.errors import Conflict

# Never in the history, not even as a hash.
SECRET = frozenset({"password", "password1", "password2", "usable_password"})
# Who somebody is stands in their own row alone, so that it can be erased; the history cannot be.
PERSONAL = frozenset({"email", "name"})


@transaction.atomic
def save(
    row: Person | Contest | Category,
    *,
    changed: Collection[str],
    seen: Mapping[str, Any],
    admin: Person,
    now: datetime,
) -> None:
    """Store a new or changed row and its event. `seen` is what the form had shown.

    Raises Conflict where a contest's state has changed since, or the person has left.
    """
    is_new = row.pk is None
    if not is_new and not changed:
        return
    if isinstance(row, Person) and not is_new:
        people.hold(row)
    if isinstance(row, Contest) and not is_new and "state" in changed:
        _change_state(row, seen=str(seen["state"]))
    row.save()
    events.record(
        type(row).__name__.lower(),
        row.pk,
        "create" if is_new else "change",
        now=now,
        actor=admin,
        from_state=str(seen.get("state") or ""),
        to_state=row.state if isinstance(row, Contest) else "",
        data={name: _before_and_after(row, name, seen) for name in sorted(changed)},
    )


def note_categories(contest: Contest, *, changes: Mapping[str, Any], admin: Person, now: datetime) -> None:
    """Keep what an admin changed about the contest's categories: targets, points, which are on."""
    events.record("contest", contest.pk, "change_categories", now=now, actor=admin, data=changes)


def _change_state(contest: Contest, *, seen: str) -> None:
    if not Contest.objects.filter(pk=contest.pk, state=seen).update(state=contest.state):
        raise Conflict(_("The contest's state has just changed. Please look at it again."))


def _before_and_after(row: Person | Contest | Category, name: str, seen: Mapping[str, Any]) -> list[str]:
    if name in SECRET or (isinstance(row, Person) and name in PERSONAL):
        return ["…", "…"]
    return [str(seen.get(name) or ""), str(getattr(row, name, ""))]
