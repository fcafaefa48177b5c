"""A pair about a passage of the configured wiki, and what became of asking that."""

from collections.abc import Callable
from datetime import datetime

from crowd.models import Category, Finding, Job, Person, Submission
from crowd.services import jobs
from crowd.services import submission as submissions
from crowd.services.submission import Content
from tests.support.factories import NOW
from tests.support.fake_wiki import FakeWiki

REVISION = 1207
WORDS = "Swifts sleep while they fly."
HTML = f'<p>Of birds.</p><p>{WORDS[:-1]}<sup class="reference">[7]</sup>. They land to breed.</p>'
NOT_THERE = [("warning", "context", "These words are not in revision 1207 of the page.")]


def quote(wiki: FakeWiki) -> Content:
    """A pair whose passage stands in the revision."""
    return Content(
        category=Category.objects.get(key="closed_qa"),
        instruction="When do swifts sleep?",
        response="They sleep while they fly.",
        context=WORDS,
        passage_url=wiki.permalink(REVISION),
    )


def send(writer: Person, content: Content) -> Submission:
    return submissions.submit(writer, content, now=NOW).submission


def work(clock: Callable[[], datetime]) -> None:
    """Do every job that is due, as a worker would."""
    for job in Job.objects.due(clock()).order_by("id"):
        jobs.run(job.pk, job.attempt, owner="test", clock=clock)


def remarks() -> list[tuple[str, str, str]]:
    """What the reviewer is told of passages that were not found."""
    return list(Finding.objects.filter(rule="passage.unverified").values_list("severity", "field", "message"))


def verification() -> Job:
    return Job.objects.get(kind="verify_passage")
