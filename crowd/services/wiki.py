"""Ask the configured wiki whether a passage's words stand in the revision that it names; until then it is unverified.

It is asked by revision number alone: nothing that a person typed is fetched.
"""

import logging
from datetime import datetime, timedelta
from functools import partial

from django.conf import settings
from django.utils.translation import gettext as _

from crowd.domain.passages import passage_licence
from crowd.domain.wiki import UNVERIFIED, stands_in
from crowd.models import Finding, Passage, Version
from crowd.models.passage import MAX_TITLE_CHARS
from crowd.services import jobs, mediawiki
from crowd.services.mediawiki import OF_A_JOB, LeftInPeace, MediaWiki, PassageSource, Revision, Unavailable

logger = logging.getLogger(__name__)

JOB = "verify_passage"
LEASE = timedelta(seconds=75)
LIMIT = timedelta(seconds=60)

# A wiki that is away is asked again after as long as the job is old: at first every minute, later hourly.
MIN_WAIT, MAX_WAIT = timedelta(minutes=1), timedelta(hours=1)


def source_of(passage: Passage | None) -> PassageSource | None:
    """The source to ask about a passage that waits for it: the configured wiki, and none for any other's pages."""
    if passage is None or not settings.WIKI_URL or not passage.is_pinned or passage.verified_at:
        return None
    wiki = MediaWiki.at(settings.WIKI_URL, patience=OF_A_JOB)
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
    now = lease.clock()
    try:
        return mediawiki.ask(source, partial(source.revision, revision_id), now=now, least_pause=MIN_WAIT)
    except LeftInPeace as rest:
        raise jobs.WaitLonger(rest.retry_after.total_seconds()) from rest
    except Unavailable as reason:
        wait = max(reason.retry_after, MIN_WAIT, min(now - lease.job.created_at, MAX_WAIT))
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
