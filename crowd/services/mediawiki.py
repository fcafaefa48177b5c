"""A wiki that speaks MediaWiki's action API: its pages and revisions. Only the one of FLOCK_WIKI_URL is ever asked."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from time import monotonic
from typing import Any, NamedTuple, Protocol, Self, TypeVar
from urllib.parse import urlsplit

# Not mwclient: it asks for the site's description first and sleeps through its own retries; these are single questions.
import httpx2
from django.conf import settings
from django.core.cache import cache

from crowd.domain.text import MALFORMED
from crowd.domain.wiki import Paragraph, paragraphs, plain_text

MAX_ANSWER_BYTES = 16 * 1024 * 1024  # Wikipedia's longest pages have some 5 MB of HTML
HITS = 8

MAX_RETRY_AFTER = timedelta(days=1)

# What an address takes as a revision has 18 digits at most.
_NO_ID = 10**18

# What the API calls a page or a revision that never was, that was deleted, and that the public may not read.
_NOT_THERE = {
    "nosuchrevid",
    "missingcontent-revid",
    "permissiondenied",
    "missingtitle",
    "invalidtitle",
    "pagecannotexist",
}

Answer = TypeVar("Answer")


class Unavailable(Exception):
    """The wiki gave no answer. It may say for how long not to ask again."""

    def __init__(self, why: str, *, retry_after: timedelta = timedelta(0)) -> None:
        super().__init__(why)
        self.retry_after = min(retry_after, MAX_RETRY_AFTER)


class LeftInPeace(Unavailable):
    """The wiki gave no answer a while ago, and is not asked before `retry_after` has passed."""


class Patience(NamedTuple):
    """For how many seconds a connection, a silence and a whole answer are waited for; of its headers the silences alone count."""

    connection: float
    silence: float
    answer: float


# An old revision is in no cache of the wiki: a long one takes it many seconds.
OF_A_JOB = Patience(5, 20, 25)
# Somebody looks at the page meanwhile, and a thread of the web server waits with them.
OF_A_PERSON = Patience(2, 6, 8)


@dataclass(frozen=True)
class Revision:
    """A revision of a page, as its reader sees it."""

    title: str
    page_id: int
    text: str
    saved_at: datetime


@dataclass(frozen=True)
class Article:
    """A revision of a page, as its paragraphs."""

    title: str
    revision_id: int
    paragraphs: tuple[Paragraph, ...]


@dataclass(frozen=True)
class Hit:
    """A page in which some words were found, and a few words of it."""

    title: str
    excerpt: str


class PassageSource(Protocol):
    """Where passages come from. Every question raises Unavailable."""

    @property
    def host(self) -> str: ...

    @property
    def scheme(self) -> str:
        """`http` or `https`."""

    def revision(self, revision_id: int) -> Revision | None:
        """What the revision says, or None where there is no such revision."""

    def article(self, title: str) -> Article | None:
        """The page of this title as it is today, or None where there is none."""

    def article_at(self, revision_id: int) -> Article | None:
        """The page as it was in this revision, or None where there is no such revision."""

    def search(self, words: str) -> list[Hit]:
        """The pages that fit some words best, at most `HITS`."""


@dataclass(frozen=True)
class MediaWiki:
    """A wiki that speaks MediaWiki's action API."""

    host: str
    api: str
    patience: Patience

    @classmethod
    def at(cls, url: str, *, patience: Patience) -> Self:
        """Take the address of the wiki's scripts (…/w/) or of its api.php; a bare host has them under /w/."""
        parts = urlsplit(url)
        folder = parts.path.removesuffix("api.php").rstrip("/")
        if parts.path in {"", "/"}:
            folder = "/w"
        return cls(parts.netloc.lower(), f"{parts.scheme}://{parts.netloc}{folder}/api.php", patience)

    @property
    def scheme(self) -> str:
        return urlsplit(self.api).scheme

    def revision(self, revision_id: int) -> Revision | None:
        answer = self._page(oldid=revision_id, prop="text")
        match answer:
            case {"title": str(title), "pageid": int(page_id), "text": str(html)} if _is_id(page_id):
                seen = plain_text(_sound(html))
                return Revision(_sound(title), page_id, seen, self._saved_at(revision_id))
            case None:
                return None
        raise Unavailable("an answer of another form")

    def article(self, title: str) -> Article | None:
        return _article(self._page(page=title, redirects=1, prop="text|revid"))

    def article_at(self, revision_id: int) -> Article | None:
        return _article(self._page(oldid=revision_id, prop="text|revid"))

    def search(self, words: str) -> list[Hit]:
        answer = self._ask(
            action="query", list="search", srsearch=words, srlimit=HITS, srprop="snippet", srinfo=""
        )
        match answer:
            case {"query": {"search": [*hits]}}:
                return [_hit(hit) for hit in hits[:HITS]]
        raise Unavailable("an answer of another form")

    def _page(self, **which: str | int) -> Any:
        """What the wiki says of a page or of a revision, and None where there is none. Raises Unavailable."""
        # `parse` and not `extracts`: that one knows a page's newest revision alone.
        answer = self._ask(action="parse", disableeditsection=1, disabletoc=1, **which)
        match answer:
            case {"parse": {**page}}:
                return page
            case {"error": {"code": str()}}:
                return None
        raise Unavailable("an answer of another form")

    def _saved_at(self, revision_id: int) -> datetime:
        """When the revision was saved, which `parse` does not tell. Raises Unavailable."""
        answer = self._ask(action="query", revids=revision_id, prop="revisions", rvprop="timestamp")
        match answer:
            case {"query": {"pages": [{"revisions": [{"timestamp": str(saved_at)}]}]}}:
                with _failures_named():
                    return datetime.fromisoformat(saved_at)
        raise Unavailable("an answer of another form")

    def _ask(self, **parameters: str | int) -> Any:
        """The wiki's answer, or its word that the page is not there. Raises Unavailable."""
        # maxlag: a wiki whose databases lag behind by more than five seconds is left in peace.
        query = parameters | {"format": "json", "formatversion": 2, "maxlag": 5}
        headers = {b"User-Agent": f"Flock/{settings.VERSION} ({settings.CONTACT})".encode()}
        timeout = httpx2.Timeout(self.patience.silence, connect=self.patience.connection)
        deadline = monotonic() + self.patience.answer
        # Redirects are not followed: they could lead anywhere.
        request = httpx2.stream("GET", self.api, params=query, headers=headers, timeout=timeout)
        with _failures_named(), request as response:
            retry_after = _retry_after(response.headers)
            if response.status_code != httpx2.codes.OK:
                raise Unavailable(f"HTTP {response.status_code}", retry_after=retry_after)
            answer = json.loads(_read(response, deadline))
        match answer:
            case {"error": {"code": str(code)}} if code not in _NOT_THERE:
                raise Unavailable(f"error {code}", retry_after=retry_after)
        return answer


def ask(
    source: PassageSource, question: Callable[[], Answer], *, now: datetime, least_pause: timedelta
) -> Answer:
    """Ask a source something. When it gives no answer, nobody asks it for as long as it says, or for the least pause.

    Raises Unavailable, and LeftInPeace where it was not asked at all.
    """
    quiet = f"wiki.quiet_until:{source.host}"
    until = cache.get(quiet, now)
    if until > now:
        raise LeftInPeace("it gave no answer a while ago", retry_after=until - now)
    try:
        return question()
    except Unavailable as reason:
        if pause := max(reason.retry_after, least_pause):
            cache.set(quiet, now + pause, timeout=pause.total_seconds())
        raise


def _article(page: Any) -> Article | None:
    match page:
        case {"title": str(title), "revid": int(revision_id), "text": str(html)} if _is_id(revision_id):
            return Article(_sound(title), revision_id, tuple(paragraphs(_sound(html))))
        case None:
            return None
    raise Unavailable("an answer of another form")


def _hit(found: Any) -> Hit:
    match found:
        case {"title": str(title), "snippet": str(html)}:
            return Hit(_sound(title), " ".join(plain_text(_sound(html)).split()))
    raise Unavailable("an answer of another form")


def _is_id(number: int) -> bool:
    """Whether the number can be a page's or a revision's; JSON's `true` is an int of Python's, too."""
    return type(number) is int and 0 < number < _NO_ID


def _sound(said: str) -> str:
    """The text, where it can be kept and shown. Raises Unavailable: JSON can say half a surrogate pair, and NUL."""
    if MALFORMED.search(said):
        raise Unavailable("an answer with characters that no text has")
    return said


@contextmanager
def _failures_named() -> Iterator[None]:
    """Name what a client, a network or a damaged answer may raise: no answer."""
    try:
        yield
    except httpx2.HTTPError as error:
        raise Unavailable(type(error).__name__) from error
    # JSON can be nested more deeply than it can be read.
    except (ValueError, RecursionError) as error:
        raise Unavailable("an answer that cannot be read") from error


def _read(response: httpx2.Response, deadline: float) -> bytes:
    body = bytearray()
    for chunk in response.iter_bytes():
        body += chunk
        if len(body) > MAX_ANSWER_BYTES:
            raise Unavailable("an answer too large")
        if monotonic() > deadline:
            raise Unavailable("an answer too slow")
    return bytes(body)


def _retry_after(headers: httpx2.Headers) -> timedelta:
    """How long the wiki asks not to be asked, given in seconds or as a date; zero where it does not say."""
    asked = headers.get("Retry-After", "")
    if asked.isascii() and asked.isdigit():
        return timedelta(seconds=min(float(asked), MAX_RETRY_AFTER.total_seconds()))
    try:
        return parsedate_to_datetime(asked) - parsedate_to_datetime(headers.get("Date", ""))
    except (ValueError, TypeError, OverflowError):
        return timedelta(0)
