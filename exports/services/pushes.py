"""Push a release to a hub from its page: a look first, then the push itself. Each is a row, and a job that fills it in."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from crowd.models import Job, Person
from crowd.services import jobs
from crowd.services.errors import Conflict
from exports.domain.release import IllegalMove, State
from exports.models import Push, PushState, Release

JOB = "push_release"
# A push that was cut off is done again, and what was done is done.
ATTEMPTS = 3


def look(release: Release, *, repo_id: str, person: Person, now: datetime) -> Push:
    """Ask what a push would do there; nothing is sent. Raises IllegalMove, and Conflict while another is under way."""
    if release.state != State.READY:
        raise IllegalMove(release.state, "push")
    return _ask(release, repo_id, person, now, is_dry_run=True)


def send(looked: Push, *, person: Person, now: datetime) -> Push:
    """Push to where somebody has looked. Raises Conflict where that look is refused or no longer the newest."""
    release = looked.release
    if release is None or not looked.is_ready_to_send or newest(release) != looked:
        raise Conflict(_("Look first at what would be sent there."))
    return _ask(release, looked.repo_id, person, now, is_dry_run=False)


def newest(release: Release) -> Push | None:
    """The last push of a release, or look."""
    return release.pushes.order_by("-created_at", "-pk").first()


def job_of(push: Push) -> Job | None:
    return Job.objects.filter(kind=JOB, key=str(push.public_id)).first()


def places(release: Release) -> list[str]:
    """Where it was pushed to from its page, the first place first."""
    sent = release.pushes.filter(is_dry_run=False, state=PushState.DONE).order_by("pk")
    return list(dict.fromkeys(sent.values_list("url", flat=True)))


def _ask(release: Release, repo_id: str, person: Person, now: datetime, *, is_dry_run: bool) -> Push:
    try:
        with transaction.atomic():
            push = Push.objects.create(
                release=release,
                repo_id=repo_id,
                is_dry_run=is_dry_run,
                state=PushState.WAITING,
                created_by=person,
                created_at=now,
            )
            jobs.enqueue(JOB, push.public_id, {"push": push.pk}, now=now, max_attempts=ATTEMPTS)
    except IntegrityError:
        raise Conflict(_("A push of this release is under way. Wait until it has ended.")) from None
    return push
