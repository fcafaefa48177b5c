"""My data: what is stored about a person, where it was used, taking it along, withdrawing it, leaving."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from crowd import permissions, queries
from crowd.domain.rights import WITHDRAWABLE, Records
from crowd.domain.workflow import IllegalMove, State
from crowd.forms.person import LeaveForm
from crowd.models import Person, Submission
from crowd.services import grants, rights, rights_archive, rights_parts
from crowd.services import submission as submissions
from crowd.services.errors import Conflict
from crowd.views import proof

PER_PAGE = 25
READS_OR_SENDS = ["GET", "HEAD", "POST"]


@login_required
@require_safe
def my_data(request: HttpRequest) -> HttpResponse:
    """What is stored, and where each text was used."""
    person: Person = request.user
    sent = queries.submissions_of(person)
    page = Paginator(sent, PER_PAGE).get_page(request.GET.get("page"))
    uses = rights_parts.uses_of([submission.pk for submission in page])
    counts = queries.counts_by_state(person)
    context = {
        "page": page,
        "rows": [
            (submission, uses.get(submission.pk, ()), submission.state in WITHDRAWABLE) for submission in page
        ],
        "count_sent": sum(counts.values()),
        "count_approved": counts.get(State.APPROVED, 0),
        "count_drafts": queries.drafts_of(person).count(),
        "grant": grants.accepted(person),
    }
    return render(request, "crowd/rights/my_data.html", context)


@login_required
@require_safe
def download(request: HttpRequest) -> StreamingHttpResponse:
    """All of it as one zip, made while it is sent."""
    return zip_of(request.user)


def zip_of(person: Person) -> StreamingHttpResponse:
    """The answer that carries a person's zip; no browser or proxy keeps it."""
    headers = {
        "Content-Disposition": f'attachment; filename="{rights_archive.FOLDER}.zip"',
        "Cache-Control": "no-store",
    }
    content = rights_archive.archive(person, now=timezone.now())
    return StreamingHttpResponse(content, content_type="application/zip", headers=headers)


@login_required
@require_http_methods(READS_OR_SENDS)
def withdraw_one(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Say what it means, ask, and take one text back."""
    own = permissions.own_submission(request.user, public_id)
    if request.method != "POST" and own.state in WITHDRAWABLE:
        uses = rights_parts.uses_of([own.pk]).get(own.pk, ())
        return render(request, "crowd/rights/withdraw.html", {"submission": own, "uses": uses})
    try:
        submissions.withdraw(own, person=request.user, now=timezone.now())
    except (Conflict, IllegalMove):
        messages.info(request, _("This text had already been taken back, or cannot be any more."))
    else:
        messages.success(request, _("Withdrawn. It stays out of every later release."))
    return redirect("crowd:my-data")


@login_required
@require_http_methods(READS_OR_SENDS)
def withdraw_all(request: HttpRequest) -> HttpResponse:
    """Say what it means, ask, and take everything back."""
    if request.method != "POST":
        count = Submission.objects.by(request.user).filter(state__in=WITHDRAWABLE).count()
        return render(request, "crowd/rights/withdraw.html", {"count": count})
    count = rights.withdraw_all(request.user, now=timezone.now())
    messages.success(request, _withdrawn(count))
    return redirect("crowd:my-data")


@login_required
@require_http_methods(READS_OR_SENDS)
def leave(request: HttpRequest) -> HttpResponse:
    """Say what it means, ask for proof, and let the person go."""
    person: Person = request.user
    form = LeaveForm(request.POST or None, person=person)
    if request.method != "POST":
        return _leave_page(request, form)
    if person.has_usable_password() and not proof.may_try(request, person):
        form.add_error(None, _("That was tried too often. Please wait a minute and try again."))
        return _leave_page(request, form, status=429)
    if not form.is_valid() or not _is_proven(request, person):
        return _leave_page(request, form, status=400)
    try:
        rights.leave(person, records=Records(form.cleaned_data["records"]), now=timezone.now())
    except rights.LastAdmin as refusal:
        form.add_error(None, str(refusal))
        return _leave_page(request, form, status=409)
    except Conflict:
        pass  # they have left, in another window
    logout(request)
    messages.success(
        request, _("You have left, and who you were is erased here. Thank you for what you gave.")
    )
    return redirect("crowd:contest")


def _leave_page(request: HttpRequest, form: LeaveForm, *, status: int = 200) -> HttpResponse:
    context: dict[str, Any] = {
        "form": form,
        "grant": grants.accepted(request.user),
        "is_proven": _is_proven(request, request.user),
    }
    return render(request, "crowd/rights/leave.html", context, status=status)


def _is_proven(request: HttpRequest, person: Person) -> bool:
    """Whether the form is proof enough: its password, or for who has none a sign-in of a moment ago."""
    return person.has_usable_password() or proof.signed_in_lately(request, person, now=timezone.now())


def _withdrawn(count: int) -> str:
    if not count:
        return _("There was nothing to withdraw.")
    return ngettext(
        "%(count)s text is withdrawn. It stays out of every later release.",
        "%(count)s texts are withdrawn. They stay out of every later release.",
        count,
    ) % {"count": count}
