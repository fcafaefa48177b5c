"""Pick a passage from the configured wiki for a draft: find the page, take paragraphs of it, without citation markers.

The draft then names the revision that they stand in, so that the passage can be verified and released.
"""

import logging
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from threading import BoundedSemaphore
from typing import TypeVar

from django.conf import settings
from django.core.cache import cache
from django.utils.translation import gettext as _

from crowd.domain import text
from crowd.domain.passages import Page
from crowd.domain.wiki import passage_of
from crowd.models import Draft, Person
from crowd.models.passage import MAX_TITLE_CHARS
from crowd.services import drafts, mediawiki, passages
from crowd.services.errors import Conflict
from crowd.services.mediawiki import OF_A_PERSON, Article, Hit, MediaWiki, PassageSource, Unavailable

logger = logging.getLogger(__name__)

MAX_WORDS_CHARS = 300
_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)
# Between looking at a page and taking something from it: a revision never changes.
_KEPT_SECONDS = 600
# Longer ones are fetched twice, and each person has one: pages share the cache with counters of sign-ins.
_MOST_KEPT_CHARS = 100_000
# A slow wiki keeps so many threads of this process waiting, and the others serve the site.
_AT_ONCE = BoundedSemaphore(2)

Answer = TypeVar("Answer")


class Busy(Unavailable):
    """The wiki was not asked: others are waiting for it."""


class TooLong(Exception):
    """The paragraphs are together longer than a passage may be."""


class Elsewhere(Exception):
    """The address is a page's of another wiki than the one that is asked."""


@dataclass(frozen=True)
class Found:
    """What somebody's words led to: one page, or several to choose from, or nothing at all."""

    article: Article | None = None
    hits: tuple[Hit, ...] = ()


def source() -> PassageSource | None:
    """The wiki to pick from, where one is configured."""
    return MediaWiki.at(settings.WIKI_URL, patience=OF_A_PERSON) if settings.WIKI_URL else None


def find(wiki: PassageSource, words: str, *, person: Person, now: datetime) -> Found:
    """What to offer for a page's address, its title or some words. Raises BadPageUrl, Elsewhere and Unavailable.

    An address that is no page's is not looked for as words: it may be one that is nobody else's to know.
    """
    words = words.strip()
    if words.lower().startswith(f"{wiki.host}/"):
        words = f"{wiki.scheme}://{words}"
    if _ADDRESS.match(words):
        return Found(article=_at_address(wiki, passages.page_at(words), person=person, now=now))
    return Found(hits=tuple(_ask(wiki, partial(wiki.search, words[:MAX_WORDS_CHARS]), now=now)))


def article(wiki: PassageSource, title: str, *, person: Person, now: datetime) -> Article | None:
    """The page of this title as it is today. Raises Unavailable."""
    if len(title) > MAX_TITLE_CHARS:
        return None
    return _kept(_ask(wiki, partial(wiki.article, title), now=now), wiki, person)


def article_at(wiki: PassageSource, revision_id: int, *, person: Person, now: datetime) -> Article | None:
    """The page as it was in this revision. Raises Unavailable."""
    host, kept = cache.get(_key(person), ("", None))
    if isinstance(kept, Article) and (host, kept.revision_id) == (wiki.host, revision_id):
        return kept
    return _kept(_ask(wiki, partial(wiki.article_at, revision_id), now=now), wiki, person)


def address_of(wiki: PassageSource, page: Article) -> str:
    """Where the revision stands."""
    return Page(wiki.host, page.title, page.revision_id, scheme=wiki.scheme).url


def take(
    draft: Draft,
    wiki: PassageSource,
    page: Article,
    chosen: Collection[int],
    *,
    seen_edit: int | None,
    now: datetime,
) -> None:
    """Put some paragraphs of a page into a draft, in place of the passage that it has.

    Raises Apart, TooLong, and Conflict where it has one of another page by now that it had not when it was last seen.
    """
    context, address = passage_of(page.paragraphs, chosen), address_of(wiki, page)
    if len(context) > text.LIMITS["context"]:
        raise TooLong(
            _("These paragraphs have %(length)s characters; a passage may have %(limit)s at most.")
            % {"length": f"{len(context):,}", "limit": f"{text.LIMITS['context']:,}"}
        )
    if seen_edit != draft.edit and not _is_of(page, address, draft):
        raise Conflict
    drafts.save(draft, texts={"context": context, "passage_url": address}, edit=None, now=now)


def _is_of(page: Article, address: str, draft: Draft) -> bool:
    """Whether the draft's passage, if it has one, was picked from this page: nobody typed it, and it can be picked again."""
    said = {paragraph.text for paragraph in page.paragraphs} | {""}
    return draft.passage_url in {"", address} and said.issuperset(draft.context.split("\n\n"))


def _at_address(wiki: PassageSource, page: Page, *, person: Person, now: datetime) -> Article | None:
    if page.wiki != wiki.host:
        raise Elsewhere
    if page.revision:
        return article_at(wiki, page.revision, person=person, now=now)
    return article(wiki, page.title, person=person, now=now)


def _ask(wiki: PassageSource, question: Callable[[], Answer], *, now: datetime) -> Answer:
    if not _AT_ONCE.acquire(blocking=False):
        raise Busy("too many are waiting for it")
    try:
        # What a person looks for can be what the wiki stumbles over: nobody else has to wait for that.
        return mediawiki.ask(wiki, question, now=now, least_pause=timedelta(0))
    except Unavailable as reason:
        logger.warning("wiki %s: %s; somebody looked for a passage", wiki.host, reason)
        raise
    finally:
        _AT_ONCE.release()


def _kept(found: Article | None, wiki: PassageSource, person: Person) -> Article | None:
    if found is not None and sum(len(paragraph.text) for paragraph in found.paragraphs) <= _MOST_KEPT_CHARS:
        cache.set(_key(person), (wiki.host, found), timeout=_KEPT_SECONDS)
    return found


def _key(person: Person) -> str:
    return f"wiki.article:{person.pk}"
