"""Keep a passage once, with where it came from. A passage is never changed."""

import hashlib
from dataclasses import replace
from datetime import datetime
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

from crowd.domain.checks import Finding
from crowd.domain.licences import GRANT_LICENCE
from crowd.domain.passages import BadPageUrl, Page, parse_page_url
from crowd.models import Passage
from crowd.models.passage import MAX_TITLE_CHARS
from crowd.services import rows
from crowd.services.errors import problem

MAX_URL_CHARS = 1_000
FIELD = "passage_url"


def sha256_of(text: str) -> str:
    """The hash by which passages are told apart."""
    return hashlib.sha256(text.encode()).hexdigest()


def page_at(url: str, *, revision_id: int | None = None) -> Page:
    """The wiki page of an address: Wikipedia's or the configured wiki's. Raises BadPageUrl."""
    page = parse_page_url(url, other_wikis=configured_wikis())
    if revision_id and page.revision not in {None, revision_id}:
        raise BadPageUrl(_("The address names another revision than the one given beside it."))
    return replace(page, revision=revision_id) if revision_id else page


def configured_wikis() -> tuple[str, ...]:
    """The host of FLOCK_WIKI_URL, with its port, where one is set."""
    host = urlsplit(settings.WIKI_URL).netloc.lower()
    return (host,) if host else ()


def problem_with(url: str, *, revision_id: int | None = None) -> Finding | None:
    """What is wrong with the page address of a passage, as a finding beside its field."""
    if not url.strip():
        return problem(
            "field.missing", FIELD, _("Please give the address of the Wikipedia page the passage is from.")
        )
    try:
        page_at(url, revision_id=revision_id)
    except BadPageUrl as reason:
        return problem("field.missing", FIELD, str(reason))
    return None


def unwanted() -> Finding:
    """A page address in a category that has no passage."""
    return problem("field.forbidden", FIELD, _("This category has no passage: leave its page address empty."))


def without_text() -> Finding:
    """A page address without the passage itself."""
    message = _("Please paste the passage that stands on this page, or leave its address empty.")
    return problem("field.missing", FIELD, message)


def remarks_on(passage: Passage | None) -> list[Finding]:
    """What reviewers should know before they approve: one passage without a revision keeps a whole release from being cut."""
    if passage is None or passage.is_pinned:
        return []
    message = _(
        "The page's address names no revision, and a commercial release takes no such passage. "
        "Give the permanent link from the page's Tools menu instead."
    )
    return [
        Finding(
            rule="passage.revision",
            severity="warning",
            field="context",
            start=0,
            end=len(passage.text),
            message=message,
        )
    ]


def keep(text: str, page: Page, *, title: str = "", now: datetime, licence: str = GRANT_LICENCE) -> Passage:
    """The passage of this text from this page, stored if it is new.

    `title` is the site's own word. Else an address without a revision tells it; one with a revision may name any title
    beside it, so the wiki has to be asked. A sender's word would be shown to everybody who quotes the same passage.

    Unless the revision's date is known, the newest licence is claimed: text under CC BY-SA 3.0 may be passed on under
    4.0, never the other way round.
    """
    identity = {
        "sha256": sha256_of(text),
        "wiki": page.wiki,
        "revision_id": page.revision or 0,
        "section": "",
        "url": page.url[:MAX_URL_CHARS],
    }
    title = (title or ("" if page.revision else page.title))[:MAX_TITLE_CHARS]
    passage = Passage(**identity, title=title, licence=licence, text=text, retrieved_at=now)
    return passage if rows.insert_if_new(passage) else Passage.objects.get(**identity)
