"""The pages on which a passage is picked, and what they put into a draft."""

from typing import Any

from django.http import HttpResponse
from django.urls import reverse

from crowd.models import Draft


def url(draft: Draft, name: str = "passage", **query: str) -> str:
    return reverse(f"crowd:{name}", kwargs={"public_id": draft.public_id}, query=query or None)


def kept(draft: Draft) -> tuple[str, str]:
    """The passage that the draft has now, and its page's address."""
    draft.refresh_from_db()
    return draft.context, draft.passage_url


def page_of(browse: Any, draft: Draft, **query: str) -> HttpResponse:
    return browse(draft.person).get(url(draft, **query))


def take(browse: Any, draft: Draft, revision: object, *places: object, edit: object = 0) -> HttpResponse:
    """Take paragraphs, by their places, on a page that was opened at this edit of the draft."""
    chosen = {"revision": revision, "paragraph": places, "edit": edit}
    return browse(draft.person).post(url(draft, "take-passage"), chosen, follow=True)
