"""Ask the configured wiki whether a passage's words stand in the revision that it names; until then it is unverified.

Only the wiki of FLOCK_WIKI_URL is ever asked, and only by revision number: nothing that a person typed is fetched.
"""

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from time import monotonic
from typing import Any, Protocol, Self
from urllib.parse import urlsplit

# Not mwclient: it asks for the site's description first and sleeps through its own retries; this is one question.
import httpx2
from django.conf import settings
from django.core.cache import cache
from django.utils.translation import gettext as _

from crowd.domain.passages import passage_licence
from crowd.domain.wiki import UNVERIFIED, plain_text, stands_in
from crowd.models import Finding, Passage, Version
from crowd.models.passage import MAX_TITLE_CHARS
from crowd.services import jobs

logger = logging.getLogger(__name__)

JOB = "verify_passage"
LEASE = timedelta(seconds=75)
LIMIT = timedelta(seconds=60)

# An old revision is in no cache of the wiki: a long one takes it many seconds.
CONNECT_SECONDS, SILENCE_SECONDS, ANSWER_SECONDS = 5, 20, 25
MAX_ANSWER_BYTES = 16 * 1024 * 1024  # Wikipedia's longest pages have some 5 MB of HTML

# A wiki that is away is asked again after as long as the job is old: at first every minute, later hourly.
MIN_WAIT = timedelta(minutes=1)
MAX_WAIT = timedelta(hours=1)
MAX_RETRY_AFTER = timedelta(days=1)

# What the API calls a revision that never was, that was deleted, and that the public may not read.
_NOT_THERE = {"nosuchrevid", "missingcontent-revid", "permissiondenied"}


class Unavailable(Exception):
    """The wiki gave no answer. It may say for how long not to ask again."""

    def __init__(self, why: str, *, retry_after: timedelta = timedelta(0)) -> None:
        super().__init__(why)
        self.retry_after = min(retry_after, MAX_RETRY_AFTER)


class PassageSource(Protocol):
    """Where passages come from."""

    @property
    def host(self) -> str: ...

    def revision(self, revision_id: int) -> "Revision | None":
        """What the revision says, or None where there is no such revision. Raises Unavailable."""


@dataclass(frozen=True)
class Revision:
    """A revision of a page, as its reader sees it."""

    title: str
    page_id: int
    text: str
    saved_at: datetime


@dataclass(frozen=True)
class MediaWiki:
    """A wiki that speaks MediaWiki's action API."""

    host: str
    api: str

    @classmethod
    def at(cls, url: str) -> Self:
        """Take the address of the wiki's scripts (…/w/) or of its api.php; a bare host has them under /w/."""
        parts = urlsplit(url)
        folder = parts.path.removesuffix("api.php").rstrip("/")
        if parts.path in {"", "/"}:
            folder = "/w"
        return cls(parts.netloc.lower(), f"{parts.scheme}://{parts.netloc}{folder}/api.php")

    def revision(self, revision_id: int) -> Revision | None:
        # `parse` and not `extracts`: that one knows a page's newest revision alone.
        answer = self._ask(action="parse", oldid=revision_id, prop="text", disableeditsection=1, disabletoc=1)
        match answer:
            case {"parse": {"title": str(title), "pageid": int(page_id), "text": str(html)}}:
                return Revision(title, page_id, plain_text(html), self._saved_at(revision_id))
            case {"error": {"code": str(code)}} if code in _NOT_THERE:
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
        """The wiki's answer, or its word that the revision is not there. Raises Unavailable."""
        # maxlag: a wiki whose databases lag behind by more than five seconds is left in peace.
        query = parameters | {"format": "json", "formatversion": 2, "maxlag": 5}
        headers = {b"User-Agent": f"Flock/{settings.VERSION} ({settings.CONTACT})".encode()}
        timeout = httpx2.Timeout(SILENCE_SECONDS, connect=CONNECT_SECONDS)
        deadline = monotonic() + ANSWER_SECONDS
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


def source_of(passage: Passage | None) -> PassageSource | None:
    """The source to ask about a passage that waits for it: the configured wiki, and none for any other's pages."""
    if passage is None or not settings.WIKI_URL or not passage.is_pinned or passage.verified_at:
        return None
    wiki = MediaWiki.at(settings.WIKI_URL)
    return wiki if wiki.host == passage.wiki else None


def enqueue(version: Version, *, now: datetime, again: str = "") -> None:
    """Ask for a version's passage to be verified, in the caller's transaction, where there is whom to ask.

    It is asked about once, and once more for every cause that is named by `again`.
    """
    if source_of(version.passage):
        key = f"{version.submission_id}:{version.number}" + (f":{again}" if again else "")
        jobs.enqueue(JOB, key, {"version": version.pk}, now=now)


def handle(lease: jobs.Lease) -> None:
    """The job: ask, then mark the passage as verified or leave a finding for the reviewer."""
    version = Version.objects.select_related("passage").get(pk=lease.job.payload["version"])
    passage = version.passage
    source = source_of(passage)
    page = _ask_when_it_may_be_asked(source, passage.revision_id, lease) if passage and source else None
    now = lease.clock()
    with lease.finishing(now=now):
        if passage is None or source is None:
            return
        version.findings.filter(rule=UNVERIFIED).delete()
        if page is not None and stands_in(passage.text, page.text):
            _mark_verified(passage, page, now=now)
        else:
            _remark(version, _problem_with(passage, page), now=now)


def _mark_verified(passage: Passage, page: Revision, *, now: datetime) -> None:
    """The words stand there, so the page's title is the wiki's to say too, and the day that decides its licence."""
    Passage.objects.filter(pk=passage.pk, verified_at=None).update(
        verified_at=now,
        title=page.title[:MAX_TITLE_CHARS],
        page_id=page.page_id,
        licence=passage_licence(page.saved_at),
    )


def _problem_with(passage: Passage, page: Revision | None) -> str:
    """What to tell the reviewer."""
    revision = {"revision": passage.revision_id}
    if page is None:
        return _("The wiki has no revision %(revision)s, or does not show it.") % revision
    return _("These words are not in revision %(revision)s of the page.") % revision


def _ask_when_it_may_be_asked(source: PassageSource, revision_id: int, lease: jobs.Lease) -> Revision | None:
    """Ask the source, and leave it in peace for a while when it gave no answer: this job, and all others."""
    quiet, now = f"wiki.quiet_until:{source.host}", lease.clock()
    until = cache.get(quiet, now)
    if until > now:
        raise jobs.WaitLonger((until - now).total_seconds())
    try:
        return source.revision(revision_id)
    except Unavailable as reason:
        pause = max(reason.retry_after, MIN_WAIT)
        wait = max(pause, min(now - lease.job.created_at, MAX_WAIT))
        cache.set(quiet, now + pause, timeout=pause.total_seconds())
        logger.warning("wiki %s: %s; job %s asks again in %s", source.host, reason, lease.job.pk, wait)
        raise jobs.WaitLonger(wait.total_seconds()) from reason


def _remark(version: Version, message: str, *, now: datetime) -> None:
    Finding.objects.create(
        version=version,
        rule=UNVERIFIED,
        severity="warning",
        field="context",
        start=0,
        end=len(version.context),
        message=message,
        found_at=now,
    )


@contextmanager
def _failures_named() -> Iterator[None]:
    """Name what a client, a network or a damaged answer may raise: no answer."""
    try:
        yield
    except httpx2.HTTPError as error:
        raise Unavailable(type(error).__name__) from error
    except ValueError as error:
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
    except (ValueError, TypeError):
        return timedelta(0)
