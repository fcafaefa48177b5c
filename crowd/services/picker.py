"""Pick a passage from the configured wiki for a draft: find the page, take paragraphs of it, without citation markers.

The draft then names the revision that they stand in, so that the passage can be verified and released.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from threading import BoundedSemaphore
from typing import TypeVar

from django.conf import settings
from django.core.cache import cache

from crowd.domain.passages import BadPageUrl, Page
from crowd.domain.wiki import passage_of
from crowd.models import Draft
from crowd.services import drafts, mediawiki, passages
from crowd.services.mediawiki import OF_A_PERSON, Article, Hit, MediaWiki, PassageSource, Unavailable

MAX_WORDS_CHARS = 300
# Between looking at a page and taking something from it: a revision never changes.
_KEPT_SECONDS = 600
# Longer ones are fetched twice: pages share the cache with counters of sign-ins.
_MOST_KEPT_CHARS = 100_000
# A slow wiki keeps so many threads of this process waiting, and the others serve the site.
_AT_ONCE = BoundedSemaphore(2)

Answer = TypeVar("Answer")


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


def find(wiki: PassageSource, words: str, *, now: datetime) -> Found:
    """What to offer for a page's address, its title or some words. Raises Elsewhere and Unavailable."""
    words = words.strip()[:MAX_WORDS_CHARS]
    try:
        page = passages.page_at(words)
    except BadPageUrl:
        return Found(hits=tuple(_ask(wiki, partial(wiki.search, words), now=now)))
    return Found(article=_at_address(wiki, page, now=now))


def article(wiki: PassageSource, title: str, *, now: datetime) -> Article | None:
    """The page of this title as it is today. Raises Unavailable."""
    found = _ask(wiki, partial(wiki.article, title), now=now)
    if found is not None and sum(len(paragraph.text) for paragraph in found.paragraphs) <= _MOST_KEPT_CHARS:
        cache.set(_key(wiki, found.revision_id), found, timeout=_KEPT_SECONDS)
    return found


def article_at(wiki: PassageSource, revision_id: int, *, now: datetime) -> Article | None:
    """The page as it was in this revision. Raises Unavailable."""
    kept: Article | None = cache.get(_key(wiki, revision_id))
    return kept or _ask(wiki, partial(wiki.article_at, revision_id), now=now)


def address_of(wiki: PassageSource, page: Article) -> str:
    """Where the revision stands."""
    return Page(wiki.host, page.title, page.revision_id, scheme=wiki.scheme).url


def take(draft: Draft, wiki: PassageSource, page: Article, chosen: Collection[int], *, now: datetime) -> None:
    """Put some paragraphs of a page into a draft, in place of the passage that it has. Raises Apart."""
    texts = {"context": passage_of(page.paragraphs, chosen), "passage_url": address_of(wiki, page)}
    drafts.save(draft, texts=texts, edit=None, now=now)


def _at_address(wiki: PassageSource, page: Page, *, now: datetime) -> Article | None:
    if page.wiki != wiki.host:
        raise Elsewhere
    return article_at(wiki, page.revision, now=now) if page.revision else article(wiki, page.title, now=now)


def _ask(wiki: PassageSource, question: Callable[[], Answer], *, now: datetime) -> Answer:
    if not _AT_ONCE.acquire(blocking=False):
        raise Unavailable("too many are waiting for it")
    try:
        # What a person looks for can be what the wiki stumbles over: nobody else has to wait for that.
        return mediawiki.ask(wiki, question, now=now, least_pause=timedelta(0))
    finally:
        _AT_ONCE.release()


def _key(wiki: PassageSource, revision_id: int) -> str:
    return f"wiki.article:{wiki.host}:{revision_id}"
