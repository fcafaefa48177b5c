"""The contest's page, for everybody; names of people only for those who signed in."""

from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from crowd import queries
from crowd.models import Contest, Person

# A board longer than a screen is read by nobody; everybody finds their own line below it.
LINES_SHOWN = 10


@require_safe
def contest(request: HttpRequest) -> HttpResponse:
    """What the contest asks for, how far it is, and who leads."""
    now = timezone.now()
    shown = queries.contest_to_show()
    if shown is None:
        return render(request, "crowd/contest/none.html")
    progress = queries.progress(shown)
    context: dict[str, Any] = {
        "contest": shown,
        "is_open": shown.accepts_at(now),
        "why_closed": _why_closed(shown, now),
        "time_left": _counted(shown.ends_at - now) if shown.ends_at else None,
        "categories": progress,
        "approved": sum(category.approved for category in progress),
        "target": sum(category.target for category in progress),
        "writers": queries.writers_in(shown),
    }
    if request.user.is_authenticated:
        context |= _standings(shown, request.user, period=request.GET.get("period", ""), now=now)
    return render(request, "crowd/contest/contest.html", context)


def _why_closed(contest: Contest, now: datetime) -> str:
    """Why nothing can be sent now, and what that means; nothing while something can."""
    if contest.accepts_at(now):
        return ""
    if contest.state == Contest.State.FINAL:
        return _("The contest is over. Thank you to everybody who wrote and reviewed.")
    if contest.state != Contest.State.RUNNING:
        return _("The contest does not take new pairs at the moment. What is in review still counts.")
    if contest.starts_at and now < contest.starts_at:
        return _("The contest has not begun yet.")
    return _("The time to write is over. What is in review still counts.")


def _counted(left: timedelta) -> tuple[int, str]:
    """A time in whole days, on the last day in hours and in the last hour in minutes, and what is counted."""
    if left >= timedelta(days=1):
        return left.days, ngettext("day left to write", "days left to write", left.days)
    hours, minutes = left // timedelta(hours=1), max(1, left // timedelta(minutes=1))
    if hours:
        return hours, ngettext("hour left to write", "hours left to write", hours)
    return minutes, ngettext("minute left to write", "minutes left to write", minutes)


def _standings(contest: Contest, person: Person, *, period: str, now: datetime) -> dict[str, Any]:
    period = period if period in queries.PERIODS else "all"
    board = queries.leaderboard(contest, now=now, period=period)
    own = next((line for line in board if line.person.pk == person.pk), None)
    top = board[:LINES_SHOWN]
    return {
        "period": period,
        "board": top,
        "own_line": None if own in top else own,
        "own_points": queries.points_in(contest, person),
    }
