"""Push a release or a model to a hub from its page: a look first, then the push itself. Each is a row, and a job that fills it in."""

from datetime import datetime
from typing import TypeAlias

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from crowd.models import Job, Person
from crowd.services import jobs
from crowd.services.errors import Conflict
from exports.domain.release import IllegalMove, State
from exports.models import Push, PushState, Release, Run

JOB = "push_release"  # and models alike: jobs that wait keep their name
# A push that was cut off is done again, and what was done is done.
ATTEMPTS = 3

Pushable: TypeAlias = Release | Run


def look(thing: Pushable, *, repo_id: str, person: Person, now: datetime) -> Push:
    """Ask what a push would do there; nothing is sent. Raises IllegalMove, and Conflict while another is under way."""
    if isinstance(thing, Release) and thing.state != State.READY:
        raise IllegalMove(thing.state, "push")
    if isinstance(thing, Run) and not thing.has_model:
        raise Conflict(_("This run has no model to push."))
    return _ask(thing, repo_id, person, now, is_dry_run=True)


def send(looked: Push, *, person: Person, now: datetime) -> Push:
    """Push to where somebody has looked. Raises Conflict where that look is refused or no longer the newest."""
    if not looked.is_ready_to_send or newest(looked.thing) != looked:
        raise Conflict(_("Look first at what would be sent there."))
    return _ask(looked.thing, looked.repo_id, person, now, is_dry_run=False)


def newest(thing: Pushable) -> Push | None:
    """The last push of a release or model, or look."""
    return thing.pushes.order_by("-created_at", "-pk").first()


def job_of(push: Push) -> Job | None:
    return Job.objects.filter(kind=JOB, key=str(push.public_id)).first()


def places(thing: Pushable) -> list[str]:
    """Where it was pushed to from its page, the first place first."""
    sent = thing.pushes.filter(is_dry_run=False, state=PushState.DONE).order_by("pk")
    return list(dict.fromkeys(sent.values_list("url", flat=True)))


def _ask(thing: Pushable, repo_id: str, person: Person, now: datetime, *, is_dry_run: bool) -> Push:
    try:
        with transaction.atomic():
            push = Push.objects.create(
                release=thing if isinstance(thing, Release) else None,
                run=thing if isinstance(thing, Run) else None,
                repo_id=repo_id,
                is_dry_run=is_dry_run,
                state=PushState.WAITING,
                created_by=person,
                created_at=now,
            )
            jobs.enqueue(JOB, push.public_id, {"push": push.pk}, now=now, max_attempts=ATTEMPTS)
    except IntegrityError:
        under_way = (
            _("A push of this release is under way. Wait until it has ended.")
            if isinstance(thing, Release)
            else _("A push of this model is under way. Wait until it has ended.")
        )
        raise Conflict(under_way) from None
    return push
