"""Write a draft, keep it, send it. Every POST stores what was typed before anything else is decided."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from crowd import permissions, queries
from crowd.domain.text import LIMITS
from crowd.domain.workflow import IllegalMove
from crowd.forms.draft import DraftForm
from crowd.forms.refusal import show_refusal
from crowd.models import Draft, Person
from crowd.services import drafts, picker, similar
from crowd.services.errors import Conflict, GrantMissing, Refused
from crowd.views.access import post_only
from crowd.views.likeness import hint_of

HINTS_SHOWN = 3


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def write(request: HttpRequest, key: str) -> HttpResponse:
    """Start a pair of this category. A GET (after signing in, say) goes to where the buttons are."""
    if request.method != "POST":
        return redirect("crowd:contest")
    contest = queries.contest_to_show()
    if contest is None:
        raise Http404
    offer = get_object_or_404(queries.on_offer(contest), category__key=key)
    draft = drafts.start(request.user, offer.category, now=timezone.now())
    return redirect("crowd:draft", public_id=draft.public_id)


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The draft's form, and its plain way to be saved."""
    if not request.user.is_authenticated:
        return _sign_in_first(request, public_id)
    draft = permissions.own_draft(request.user, public_id)
    if request.method != "POST":
        unsaved = request.session.get(_unsaved(public_id))
        return _page(request, draft, DraftForm.showing(draft, unsaved), unsaved=unsaved)
    form = DraftForm(request.POST, category=draft.category)
    if refusal := _keep_or_show(request, draft, form):
        return refusal
    messages.success(request, _("Saved. You can go on here, or come back to it under My work."))
    return redirect("crowd:draft", public_id=public_id)


@post_only("crowd:draft", "public_id")
def autosave(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Save without a page; the answer is the number of this save. 409 where another tab saved in between."""
    draft = permissions.own_draft(request.user, public_id)
    form = DraftForm(request.POST, category=draft.category)
    if not _keep(request, draft, form):
        return JsonResponse({"edit": draft.edit}, status=409)
    return JsonResponse({"edit": draft.edit, **({"errors": form.errors} if form.errors else {})})


@require_http_methods(["GET", "HEAD", "POST"])
def pick(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Keep what was typed, then go and look for a passage; at once to the page whose address stands there."""
    if not request.user.is_authenticated:
        return _sign_in_first(request, public_id)
    if request.method != "POST":
        return redirect("crowd:draft", public_id=public_id)
    draft = permissions.own_draft(request.user, public_id)
    form = DraftForm(request.POST, category=draft.category)
    if refusal := _keep_or_show(request, draft, form):
        return refusal
    words = {"q": draft.passage_url} if draft.passage_url.strip() else None
    return redirect(reverse("crowd:passage", kwargs={"public_id": public_id}, query=words))


@require_http_methods(["GET", "HEAD", "POST"])
def send(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Keep what was typed, then send it. A second click finds the first one's submission."""
    if not request.user.is_authenticated:
        return _sign_in_first(request, public_id)
    if request.method != "POST":
        return redirect("crowd:draft", public_id=public_id)
    try:
        draft = permissions.own_draft(request.user, public_id)
        form = DraftForm(request.POST, category=draft.category)
        refusal = _keep_or_show(request, draft, form)
    except Http404:
        return _sent_before(request, public_id)
    return refusal or _send(request, draft, form)


@post_only("crowd:draft", "public_id")
def discard(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Throw the draft away; the page asked before."""
    drafts.discard(permissions.own_draft(request.user, public_id))
    messages.info(request, _("The draft is gone."))
    return redirect("crowd:mine")


@post_only("crowd:contest")
def hints(request: HttpRequest) -> HttpResponse:
    """While typing: what this resembles. Of others' texts only approved ones are quoted."""
    instruction, response = request.POST.get("instruction", ""), request.POST.get("response", "")
    found = (
        similar.similar_to(instruction, response=response, person=request.user) if instruction.strip() else []
    )
    shown = found[:HINTS_SHOWN]
    context = {
        "hints": [hint_of(instruction, other) for other in shown],
        "may_differ": all(other.may_differ for other in shown),
    }
    return render(request, "crowd/draft/_hints.html", context)


def autosave_key(person: Person, public_id: UUID) -> str:
    """What the copy in the browser is called. A message with this tag says that the copy has had its day."""
    return f"{person.pk}:{public_id}"


def _keep_or_show(request: HttpRequest, draft: Draft, form: DraftForm) -> HttpResponse | None:
    """Store what was typed; the page to show instead of going on, where not all of it could be. Raises Http404 as `_keep`."""
    if not _keep(request, draft, form):
        return _conflict(request, draft, form)
    return None if form.is_valid() else _page(request, draft, form)


def _keep(request: HttpRequest, draft: Draft, form: DraftForm) -> bool:
    """Store what can be stored of what was typed; False where another tab stored something else in between.

    Raises Http404 where the draft was sent or thrown away meanwhile.
    """
    try:
        drafts.save(draft, texts=form.texts, edit=form.seen_edit, now=timezone.now())
    except Conflict:
        try:
            draft.refresh_from_db()
        except Draft.DoesNotExist:
            raise Http404 from None
        return False
    request.session.pop(_unsaved(draft.public_id), None)
    form.continue_from(draft.edit)
    return True


def _send(request: HttpRequest, draft: Draft, form: DraftForm) -> HttpResponse:
    try:
        submission_id = drafts.send(request.user, draft.public_id, now=timezone.now())
    except GrantMissing as missing:
        messages.info(request, str(missing))
        page = reverse("crowd:draft", kwargs={"public_id": draft.public_id})
        return redirect(reverse("crowd:grant", query={"next": page}))
    except (Refused, Conflict, IllegalMove) as refusal:
        show_refusal(form, refusal, person=request.user)
        return _page(request, draft, form)
    # The tag tells js/autosave.js that the copy in this browser has had its day.
    messages.success(request, _("Sent. Thank you."), extra_tags=autosave_key(request.user, draft.public_id))
    return redirect("crowd:submission", public_id=submission_id)


def _sent_before(request: HttpRequest, public_id: UUID) -> HttpResponse:
    try:
        submission_id = drafts.send(request.user, public_id, now=timezone.now())
    except Draft.DoesNotExist:
        raise Http404 from None
    return redirect("crowd:submission", public_id=submission_id)


def _sign_in_first(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """To the sign-in page and back to the draft. What an expired session tried to save waits in the new one."""
    if request.method == "POST" and Draft.objects.filter(public_id=public_id).exists():
        request.session[_unsaved(public_id)] = {
            name: request.POST[name] for name in drafts.TEXT_FIELDS if name in request.POST
        }
    return redirect_to_login(reverse("crowd:draft", kwargs={"public_id": public_id}))


def _conflict(request: HttpRequest, draft: Draft, form: DraftForm) -> HttpResponse:
    """Both texts on one page: saving again keeps the typed one, knowingly."""
    form.continue_from(draft.edit)
    form.add_error(
        None,
        _(
            "This draft was changed in another window. What you typed here stands in the fields, what was saved there "
            "below them. If you save now, yours is kept."
        ),
    )
    return _page(request, draft, form, status=409, other=draft)


def _page(
    request: HttpRequest, draft: Draft, form: DraftForm, *, status: int = 200, **more: Any
) -> HttpResponse:
    context = {
        "draft": draft,
        "category": draft.category,
        "form": form,
        "limits": LIMITS,
        "wiki": picker.source() if draft.category.takes_passage else None,
        "autosave_key": autosave_key(request.user, draft.public_id),
        "reason": queries.reason_of(draft.revises) if draft.revises else None,
        **more,
    }
    return render(request, "crowd/draft/draft.html", context, status=status)


def _unsaved(public_id: UUID) -> str:
    return f"unsaved:{public_id}"
