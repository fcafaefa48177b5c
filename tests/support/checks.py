"""Checks made for a test, which look for one word, and re-runs of them."""

import re

from django.utils import timezone

from crowd.domain import checks
from crowd.domain.checks.model import Check, each_field, matches
from crowd.models import Job, Recheck
from crowd.services import jobs
from crowd.services import recheck as rechecks
from tests.support.factories import NOW


def make_check(
    word: str, *, version: int = 1, severity: str = "warning", say: str = "Look at this."
) -> Check:
    """A check with the rule `word.WORD` that finds every place of a word."""
    run = each_field(matches(re.compile(re.escape(word))), lambda _found: say)
    return Check(f"word.{word}", version, severity, "field", run)


def use_checks(monkeypatch, *present: Check) -> None:
    """From now on these are all the checks there are."""
    monkeypatch.setattr(checks, "CHECKS", present)


def begin(**choice: bool) -> Recheck:
    """Ask for a re-run."""
    with jobs.without_bell():
        return rechecks.begin(rechecks.Choice(**choice), now=NOW)


def take_turn(begun: Recheck) -> bool:
    """Let a worker have the job once. No time passes meanwhile, so that no slow machine makes two turns of one."""
    job, now = Job.objects.get(pk=begun.job_id), timezone.now()
    return jobs.run(job.pk, job.attempt, owner="test", clock=lambda: now)


def work(begun: Recheck) -> Recheck:
    """Let a worker have the job until it is done."""
    while not take_turn(begun):
        pass
    begun.refresh_from_db()
    return begun
