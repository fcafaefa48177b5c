"""Who may see or touch what: one function per object. A stranger gets the same 404 as for an id that does not exist."""

from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import Http404
from django.utils.translation import gettext as _

from crowd.domain.workflow import LIVE_STATES, State
from crowd.models import Claim, Draft, Person, Recheck, Submission, Version


def submissions_for(person: Person) -> QuerySet[Submission]:
    """Every submission that the person may read: what `may_read` says, as a query."""
    return Submission.objects.with_texts().filter(Q(author=person) | Q(state__in=_states_read_by(person)))


def submission_for(person: Person, public_id: UUID) -> Submission:
    """A submission that the person may read: their own, one in review for a reviewer, an approved one for an admin."""
    submission = Submission.objects.with_texts().select_related("author").filter(public_id=public_id).first()
    if submission is None or not may_read(person, submission):
        raise Http404
    return submission


def may_read(person: Person, submission: Submission) -> bool:
    """Whether the person may read this submission."""
    return submission.author_id == person.pk or submission.state in _states_read_by(person)


def _states_read_by(person: Person) -> tuple[State, ...]:
    """In which states somebody else's text is theirs to read: what waits for a reviewer, what an admin releases."""
    if person.is_admin:
        return (State.IN_REVIEW, State.APPROVED)
    return (State.IN_REVIEW,) if person.is_reviewer else ()


def may_see_text(person: Person, version: Version) -> bool:
    """Whether this very text may be shown to the person anywhere: their own, or an approved one."""
    submission = version.submission
    is_approved = submission.approved_version_id == version.pk and submission.state in LIVE_STATES
    return is_approved or submission.author_id == person.pk


def may_review_text(person: Person, version: Version) -> bool:
    """Whether this very text may be shown to the person beside one that they review."""
    is_current = version.submission.current_version_id == version.pk
    return may_see_text(person, version) or (is_current and may_read(person, version.submission))


def may_name_copy(person: Person, other: Submission, text_hash: str) -> bool:
    """Whether the person may be told which submission holds this text already: their own, or one in which it is approved."""
    is_approved = other.state in LIVE_STATES and other.approved_copy_hash == text_hash
    return is_approved or other.author_id == person.pk


def own_submission(person: Person, public_id: UUID) -> Submission:
    """A submission of the person's own."""
    submission = Submission.objects.with_texts().filter(public_id=public_id, author=person).first()
    if submission is None:
        raise Http404
    return submission


def own_draft(person: Person, public_id: UUID) -> Draft:
    """A draft of the person's own. Nobody else ever sees one."""
    draft = Draft.objects.for_listing().filter(public_id=public_id, person=person).first()
    if draft is None:
        raise Http404
    return draft


def own_claim(person: Person, public_id: UUID) -> Claim:
    """A claim of the reviewer's own."""
    require_reviewer(person)
    claim = (
        Claim.objects.select_related("submission", "reviewer")
        .filter(public_id=public_id, reviewer=person)
        .first()
    )
    if claim is None:
        raise Http404
    return claim


def recheck_for(person: Person, public_id: UUID) -> Recheck:
    """A re-run of the checks, which are an admin's to see."""
    require_admin(person)
    recheck = Recheck.objects.for_listing().filter(public_id=public_id).first()
    if recheck is None:
        raise Http404
    return recheck


def require_reviewer(person: Person) -> None:
    """Refuse whoever does not review."""
    if not person.is_reviewer:
        raise PermissionDenied(_("This is for reviewers."))


def require_admin(person: Person) -> None:
    """Refuse whoever does not run the contest."""
    if not person.is_admin:
        raise PermissionDenied(_("This is for admins."))
