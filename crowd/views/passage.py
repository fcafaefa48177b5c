"""Pick a passage for a draft: look for a page of the wiki, choose paragraphs, and go on writing."""

from collections.abc import Collection
from dataclasses import dataclass
from itertools import groupby
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from crowd import permissions
from crowd.domain.passages import BadPageUrl
from crowd.domain.wiki import Apart, Paragraph
from crowd.forms.draft import PassageForm
from crowd.models import Draft
from crowd.services import picker
from crowd.services.errors import Conflict
from crowd.services.mediawiki import Article, PassageSource, Unavailable
from crowd.services.picker import Busy, Elsewhere, Found, TooLong
from crowd.views.draft import autosave_key


@dataclass(frozen=True)
class Offered:
    """A paragraph to choose, and what keeps it from being chosen with the one before."""

    place: int
    text: str
    is_chosen: bool
    between: str


@login_required
@require_safe
def passage(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """What the wiki has for an address, a title or some words (`q`), or the page that was chosen (`title`)."""
    draft, wiki = _draft_and_wiki(request, public_id)
    words, title = request.GET.get("q", ""), request.GET.get("title", "")
    try:
        found = _find(request, wiki, words, title)
    except (BadPageUrl, Elsewhere, Unavailable) as problem:
        return _page(request, draft, wiki, words=words, problem=_said(problem, wiki))
    form = PassageForm(article=found.article) if found and found.article else None
    return _page(request, draft, wiki, words=words, found=found, form=form)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def take(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Put the chosen paragraphs into the draft. A GET (after signing in, say) goes to where they are chosen."""
    if request.method != "POST":
        return redirect("crowd:passage", public_id=public_id)
    draft, wiki = _draft_and_wiki(request, public_id)
    try:
        article = picker.article_at(wiki, _revision(request), person=request.user, now=timezone.now())
    except Unavailable as problem:
        return _page(request, draft, wiki, problem=_said(problem, wiki))
    if article is None:
        return _page(request, draft, wiki, found=Found())
    form = PassageForm(request.POST, article=article)
    if form.is_valid() and _take(request, draft, wiki, article, form):
        return redirect("crowd:draft", public_id=public_id)
    return _page(request, draft, wiki, found=Found(article=article), form=form)


def _find(request: HttpRequest, wiki: PassageSource, words: str, title: str) -> Found | None:
    person, now = request.user, timezone.now()
    if title:
        return Found(article=picker.article(wiki, title, person=person, now=now))
    return picker.find(wiki, words, person=person, now=now) if words.strip() else None


def _take(
    request: HttpRequest, draft: Draft, wiki: PassageSource, article: Article, form: PassageForm
) -> bool:
    try:
        picker.take(
            draft,
            wiki,
            article,
            form.cleaned_data["paragraph"],
            seen_edit=form.cleaned_data["edit"],
            now=timezone.now(),
        )
    except Apart:
        form.add_error(
            "paragraph",
            _("Something stands between these paragraphs. Please choose some that follow one another."),
        )
    except TooLong as too_long:
        form.add_error("paragraph", str(too_long))
    except Conflict:
        # Those who press again have seen what they replace.
        _seen_again(draft)
        form.add_error(
            None,
            _(
                "Your draft has another passage than when you opened this page. "
                "Take these paragraphs again if they are to replace it."
            ),
        )
    else:
        messages.success(
            request,
            _("The passage from “%(title)s” is in your draft.") % {"title": article.title},
            extra_tags=autosave_key(request.user, draft.public_id),
        )
        return True
    return False


def _seen_again(draft: Draft) -> None:
    """Read the draft again. Raises Http404 where it was sent or thrown away meanwhile."""
    try:
        draft.refresh_from_db()
    except Draft.DoesNotExist:
        raise Http404 from None


def _draft_and_wiki(request: HttpRequest, public_id: UUID) -> tuple[Draft, PassageSource]:
    draft, wiki = permissions.own_draft(request.user, public_id), picker.source()
    if wiki is None or not draft.category.takes_passage:
        raise Http404
    return draft, wiki


def _revision(request: HttpRequest) -> int:
    number = request.POST.get("revision", "")
    if not number.isdecimal() or not number.isascii() or len(number) > 18 or not int(number):
        raise Http404
    return int(number)


def _said(problem: BadPageUrl | Elsewhere | Unavailable, wiki: PassageSource) -> str:
    if isinstance(problem, BadPageUrl):
        return str(problem)
    if isinstance(problem, Elsewhere):
        message = _(
            "This page is not on %(host)s, the only wiki that is asked here. "
            "Copy the passage from it into your draft yourself."
        )
    elif isinstance(problem, Busy):
        message = _("Others are looking for something on %(host)s just now. Try again in a few seconds.")
    else:
        message = _(
            "%(host)s does not answer at the moment. Try again in a minute, "
            "or copy the passage into your draft yourself."
        )
    return message % {"host": wiki.host}


def _page(
    request: HttpRequest,
    draft: Draft,
    wiki: PassageSource,
    *,
    words: str = "",
    found: Found | None = None,
    form: PassageForm | None = None,
    problem: str = "",
) -> HttpResponse:
    article = found.article if found else None
    chosen = form.data.getlist("paragraph") if form and form.is_bound else []
    context: dict[str, Any] = {
        "draft": draft,
        "category": draft.category,
        "wiki": wiki,
        "words": words,
        "problem": problem,
        "hits": found.hits if found else (),
        "article": article,
        "address": picker.address_of(wiki, article) if article else "",
        "sections": _sections(article, chosen) if article else [],
        "form": form,
        "is_nothing": found == Found(),
    }
    return render(request, "crowd/draft/passage.html", context)


def _sections(article: Article, chosen: Collection[str]) -> list[tuple[str, list[Offered]]]:
    """The paragraphs under their headings."""
    numbered = groupby(enumerate(article.paragraphs), key=lambda numbered: numbered[1].section)
    return [
        (
            heading,
            [
                _offered(place, paragraph, chosen, is_first=not nth)
                for nth, (place, paragraph) in enumerate(group)
            ],
        )
        for heading, group in numbered
    ]


def _offered(place: int, paragraph: Paragraph, chosen: Collection[str], *, is_first: bool) -> Offered:
    is_apart = not is_first and not paragraph.follows
    between = _("A list, table, picture or formula stands here.") if is_apart else ""
    return Offered(place, paragraph.text, str(place) in chosen, between)
