"""Claim the next submission, decide on it, let it go, take an approval back. Every step is a compare-and-set: two reviewers cannot both win."""

from collections.abc import Mapping
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from crowd.domain import workflow
from crowd.domain.licences import HUMAN_ORIGINS, Origin
from crowd.domain.review import CLAIM_LASTS, EDITABLE_FIELDS, MAX_REASON_CHARS, NEEDS_REASON
from crowd.domain.review import Decision as Answer
from crowd.domain.text import MALFORMED, normalize_newlines, visible
from crowd.models import Claim, Decision, Person, Submission, Version
from crowd.models.submission import SubmissionQuerySet
from crowd.services import checks, duplicates, points, transitions
from crowd.services import submission as submissions
from crowd.services.errors import Conflict, NotAllowed, Refused, problem

# How many of the oldest are tried before giving up: so many colleagues can be faster at the same moment.
TRIES = 50


def claim_next(reviewer: Person, *, now: datetime, category: str | None = None) -> Claim | None:
    """Hold the oldest submission that this reviewer may decide on, or None where the queue is empty.

    A reviewer who already holds one gets that one again: a reload must not take a second from the queue.
    """
    Claim.objects.over(now).update(ended_at=now)
    held = _held_by(reviewer)
    if held is not None:
        return held
    waiting = queue_of(reviewer)
    if category:
        waiting = waiting.filter(current_version__category__key=category)
    for submission in waiting.order_by("id")[:TRIES]:
        # Where the claim is refused, a colleague was faster, or this reviewer in another window.
        claim = _hold(submission, reviewer, now) or _held_by(reviewer)
        if claim is not None:
            return claim
    return None


def _held_by(reviewer: Person) -> Claim | None:
    return Claim.objects.filter(reviewer=reviewer, ended_at=None).first()


def queue_of(reviewer: Person) -> SubmissionQuerySet:
    """What this reviewer could claim now: in review, nobody's, not their own."""
    return Submission.objects.in_review().not_by(reviewer).unclaimed()


def let_go(claim: Claim, *, now: datetime) -> None:
    """Give a submission back to the queue without deciding."""
    Claim.objects.filter(pk=claim.pk, ended_at=None).update(ended_at=now)


def decide(
    claim: Claim,
    *,
    decision: str,
    version: int,
    reason: str = "",
    edits: Mapping[str, str] | None = None,
    now: datetime,
) -> Submission:
    """Decide on the version that was seen.

    Raises Refused (no reason, a bad edit), Conflict (an expired claim, a newer version, a faster colleague) and
    NotAllowed (one's own text). With `edits` the reviewer's wording becomes a version of its own, marked as edited.
    """
    answer = Answer(decision)
    _check_reason(reason, needed=answer in NEEDS_REASON)
    submission = (
        Submission.objects.with_texts()
        .select_related("current_version__grant__wording")
        .get(pk=claim.submission_id)
    )
    if submission.author_id == claim.reviewer_id:
        raise NotAllowed(_("Nobody decides on their own text."))
    if claim.ended_at is not None or claim.expires_at <= now:
        raise Conflict(_("Your claim has expired. Please take the next one from the queue."))
    if submission.current_version.number != version:
        raise Conflict(_("The author has sent a newer version. Please look at it again."))
    edits = _real(edits, submission.current_version)
    if edits and answer is not Answer.APPROVE:
        message = _(
            "Your own wording can only be approved. Put the author's text back, or say in the reason what to change."
        )
        raise Refused([problem("edits.refused", field, message) for field in edits])
    try:
        with submissions.no_exact_copy(submission, _hash_after(submission, edits)), transaction.atomic():
            _decide(claim, submission, answer, reason=reason, edits=edits, now=now)
    except IntegrityError:
        raise Conflict(_("A colleague was faster: this version is already decided.")) from None
    return submission


def revoke(submission: Submission, *, admin: Person, reason: str, now: datetime) -> None:
    """An admin takes an approval back. Raises Refused (no reason), IllegalMove and Conflict."""
    _check_reason(reason, needed=True)
    version = submission.current_version
    with transaction.atomic():
        transitions.move(
            submission, workflow.Action.REVOKE, now=now, actor=admin, version=version.number, reason=reason
        )
        points.take_back(submission, version, reason="revoked", now=now)


def _decide(
    claim: Claim,
    submission: Submission,
    answer: Answer,
    *,
    reason: str,
    edits: Mapping[str, str] | None,
    now: datetime,
) -> None:
    if not Claim.objects.standing(now).filter(pk=claim.pk).update(ended_at=now):
        raise Conflict(_("Your claim has expired. Please take the next one from the queue."))
    seen = submission.current_version
    changes: dict[str, object] = {}
    decided = seen
    text_hash = _hash_after(submission, edits)
    if edits:
        decided = _edited(submission, edits, reviewer=claim.reviewer, now=now)
        changes = {"current_version": decided, "copy_hash": text_hash}
    if answer is Answer.APPROVE:
        changes |= {"approved_version": decided, "approved_copy_hash": text_hash}
    transitions.move(
        submission,
        workflow.Action(answer),
        now=now,
        actor=claim.reviewer,
        version=decided.number,
        reason=reason,
        data={"seen": seen.number} if edits else None,
        **changes,
    )
    Decision.objects.create(
        submission=submission,
        version=decided,
        reviewer=claim.reviewer,
        author_id=submission.author_id,
        decision=answer,
        reason=reason,
        created_at=now,
    )
    if answer is Answer.APPROVE:
        points.award(submission, decided, now=now)


def _hold(submission: Submission, reviewer: Person, now: datetime) -> Claim | None:
    try:
        with transaction.atomic():
            return Claim.objects.create(
                submission=submission,
                version=submission.current_version,
                reviewer=reviewer,
                created_at=now,
                expires_at=now + CLAIM_LASTS,
            )
    except IntegrityError:
        return None


def _check_reason(reason: str, *, needed: bool) -> None:
    if needed and not visible(reason):
        message = _("Please say why, so that the author can do something about it.")
        raise Refused([problem("reason.missing", "reason", message)])
    if len(reason) > MAX_REASON_CHARS:
        message = _("Please keep the reason below %(limit)s characters.") % {"limit": MAX_REASON_CHARS}
        raise Refused([problem("reason.long", "reason", message)])
    if MALFORMED.search(reason):
        message = _("The reason holds characters that cannot be kept. Please type them again.")
        raise Refused([problem("text.malformed", "reason", message)])


def _real(edits: Mapping[str, str] | None, version: Version) -> dict[str, str]:
    """The edits that change something."""
    texts = {field: normalize_newlines(text) for field, text in (edits or {}).items()}
    return {field: text for field, text in texts.items() if text != getattr(version, field)}


def _hash_after(submission: Submission, edits: Mapping[str, str] | None) -> str:
    return _content_after(submission.current_version, edits).copy_hash if edits else submission.copy_hash


def _content_after(version: Version, edits: Mapping[str, str] | None) -> submissions.Content:
    texts = {field: getattr(version, field) for field in EDITABLE_FIELDS} | dict(edits or {})
    page = version.passage.url if version.passage else ""
    content = submissions.Content(
        category=version.category,
        instruction=texts["instruction"],
        response=texts["response"],
        context=version.context,
        passage_url=page,
    )
    return content.with_lf()


def _edited(submission: Submission, edits: Mapping[str, str], *, reviewer: Person, now: datetime) -> Version:
    seen = submission.current_version
    content = _content_after(seen, edits)
    found = submissions.check(content, seen.passage)
    version = submissions.add_version(
        submission,
        content,
        number=seen.number + 1,
        grant=seen.grant,
        now=now,
        # A human hand on a model's text does not make it a human's.
        origin=Origin.HUMAN_EDITED if seen.origin in HUMAN_ORIGINS else seen.origin,
        licence=seen.licence,
        edited_by=reviewer,
        passage=seen.passage,
    )
    # What takes longer than a reviewer should wait is looked for in the job.
    checks.keep_findings([(version, found)], with_set=None, now=now)
    checks.enqueue(version, now=now)
    duplicates.index([version])
    return version
