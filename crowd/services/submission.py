"""Send, send again and withdraw a pair. What is stored is exactly what was sent, but for line ends."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from crowd.domain.checks import DOOR, Finding, Pair, errors_in
from crowd.domain.checks import check as run_checks
from crowd.domain.licences import UNSTATED, Origin
from crowd.domain.records import data_line, line_sha256
from crowd.domain.text import copy_hash, normalize_newlines
from crowd.domain.workflow import Action
from crowd.models import Category, Grant, GrantWording, Passage, Person, Submission, Version
from crowd.queries.entry import Entry, entry
from crowd.services import checks, copies, passages, people, points, rows, signatures, transitions
from crowd.services.errors import Conflict, ExactCopy, GrantMissing, Refused, problem


@dataclass(frozen=True)
class Content:
    """What a person sends. `context` and the page belong together: a passage's text and where it stands."""

    category: Category
    instruction: str
    response: str
    context: str = ""
    passage_url: str = ""
    revision_id: int | None = None

    def with_lf(self) -> "Content":
        """The same with LF for every line end, the only change a text ever gets."""
        return replace(
            self,
            instruction=normalize_newlines(self.instruction),
            response=normalize_newlines(self.response),
            context=normalize_newlines(self.context),
        )

    @property
    def copy_hash(self) -> str:
        return copy_hash(self.instruction, self.context, self.response)


@dataclass(frozen=True)
class Sent:
    """A stored submission and what the checks at the door had to say."""

    submission: Submission
    version: Version
    findings: list[Finding]


def submit(person: Person, content: Content, *, now: datetime, passage: Passage | None = None) -> Sent:
    """Store a first version and ask for its checks. A passage that is already kept brings its page along.

    Raises GrantMissing, Conflict (no open contest), Refused (the texts, a category that is off) and ExactCopy.
    """
    content = content.with_lf()
    text_hash = content.copy_hash
    way, grant = _way_in(person, content.category, text_hash, now=now)
    findings = check(content, passage)
    submission = Submission(
        author=person, contest=way.contest, copy_hash=text_hash, created_at=now, updated_at=now
    )
    event = transitions.begin(submission, Action.SUBMIT, now=now, actor=person)
    with no_exact_copy(submission, text_hash, known=way.copied), transaction.atomic():
        submission.pk, version_key = people.hold(person, keys_for=[Submission, Version])
        version = _next_version(submission, content, number=1, grant=grant, now=now, passage=passage)
        version.pk = version_key
        submission.current_version = version
        signature = signatures.signature_of(version)
        checks.enqueue(version, now=now, cause=[submission, version, signature, event])
    return Sent(submission, version, findings)


def resubmit(submission: Submission, content: Content, *, person: Person, now: datetime) -> Sent:
    """Send a new version of a returned or approved submission. Raises what `submit` raises, and IllegalMove."""
    content = content.with_lf()
    text_hash = content.copy_hash
    way, grant = _way_in(person, content.category, text_hash, revises=submission.pk, now=now)
    passage = _unchanged_passage(submission, content)
    findings = check(content, passage)
    with no_exact_copy(submission, text_hash, known=way.copied), transaction.atomic():
        people.hold(person)
        version = add_version(
            submission,
            content,
            number=_last_number(submission) + 1,
            grant=grant,
            now=now,
            # What a reviewer worded stays in it, as far as anybody can tell.
            origin=submission.current_version.origin,
            passage=passage,
        )
        transitions.move(
            submission,
            Action.RESUBMIT,
            now=now,
            actor=person,
            version=version.number,
            current_version=version,
            copy_hash=text_hash,
        )
        points.take_back(submission, version, reason="revised", now=now)
        checks.enqueue(version, now=now)
    return Sent(submission, version, findings)


@transaction.atomic
def withdraw(submission: Submission, *, person: Person, now: datetime) -> None:
    """The author takes the pair back. Raises IllegalMove and Conflict."""
    # The claim first, as a decision does: two that each hold what the other waits for would end one of them.
    submission.claims.filter(ended_at=None).update(ended_at=now)
    transitions.move(
        submission, Action.WITHDRAW, now=now, actor=person, version=submission.current_version.number
    )
    points.take_back(submission, submission.current_version, reason="withdrawn", now=now)


def add_version(submission: Submission, content: Content, **facts: Any) -> Version:
    """Store the next version of a submission, in the caller's transaction. The facts are `_next_version`'s."""
    version = _next_version(submission, content, **facts)
    rows.insert(version)
    rows.insert(signatures.signature_of(version))
    return version


def _next_version(
    submission: Submission,
    content: Content,
    *,
    number: int,
    grant: Grant | None,
    now: datetime,
    origin: str = Origin.HUMAN,
    licence: str | None = None,
    edited_by: Person | None = None,
    passage: Passage | None = None,
) -> Version:
    """A version that is not stored yet, of a passage that is."""
    if passage is None and content.context:
        page = passages.page_at(content.passage_url, revision_id=content.revision_id)
        passage = passages.keep(content.context, page, now=now)
    line = data_line(content.instruction, content.context, content.response, content.category.key)
    return Version(
        submission=submission,
        number=number,
        category=content.category,
        instruction=content.instruction,
        response=content.response,
        passage=passage,
        grant=grant,
        edited_by=edited_by,
        origin=origin,
        licence=licence or (grant.wording.licence if grant else UNSTATED),
        sha256=line_sha256(line),
        created_at=now,
    )


def check(content: Content, passage: Passage | None = None) -> list[Finding]:
    """What the checks at the door find in a pair that is being sent. Raises Refused where one of them is an error.

    The page's address is only asked of a passage that is not kept yet: an imported one may have none.
    """
    pair = Pair(content.category.key, content.instruction, content.context, content.response)
    found = run_checks(pair, content.category.rule, checks=DOOR)
    found += _page_problems(content) if passage is None else []
    if errors := errors_in(found):
        raise Refused(errors)
    return found


def _unchanged_passage(submission: Submission, content: Content) -> Passage | None:
    """The passage the submission already has, where the new version keeps it."""
    passage = submission.current_version.passage
    same = passage is not None and (passage.text, passage.url) == (content.context, content.passage_url)
    return passage if same else None


def _page_problems(content: Content) -> list[Finding]:
    """What is wrong with where the passage stands: a page without a text, a text without a page, or one too many."""
    if not content.category.takes_passage:
        # Where there is a text, the check `field.forbidden` speaks of it.
        is_empty = not content.context.strip()
        return [passages.unwanted()] if is_empty and (content.context or content.passage_url) else []
    if not content.context:
        return [passages.without_text()] if content.passage_url and not content.category.needs_passage else []
    problem = passages.problem_with(content.passage_url, revision_id=content.revision_id)
    return [problem] if problem else []


def _way_in(
    person: Person, category: Category, text_hash: str, *, now: datetime, revises: int | None = None
) -> tuple[Entry, Grant]:
    way = entry(person, category, text_hash=text_hash, revises=revises, now=now)
    if way is None:
        raise Conflict(_("The contest is not open, so nothing can be sent. Your text is kept as a draft."))
    if way.grant is None:
        raise GrantMissing(GrantWording.objects.current())
    if not way.takes_category:
        raise Refused([_off(category)])
    return way, way.grant


def _off(category: Category) -> Finding:
    message = _("%(category)s is not part of this contest. Please choose another category.") % {
        "category": category
    }
    return problem("category.off", "category", message)


def _last_number(submission: Submission) -> int:
    return submission.versions.order_by("-number").values_list("number", flat=True)[0]


@contextmanager
def no_exact_copy(submission: Submission, text_hash: str, *, known: int | None = None) -> Iterator[None]:
    """Say which text is already here where the database refuses a second one within the block, and count it.

    `known` is the key of one that was seen before. The block must be one `atomic()`: after an IntegrityError nothing of
    it may stay. Raises ExactCopy.
    """
    with copies.refused_are_counted():
        if known is not None:
            raise ExactCopy(Submission.objects.get(pk=known), text_hash)
        try:
            yield
        except IntegrityError:
            other = Submission.objects.holding([text_hash]).exclude(pk=submission.pk).first()
            if other is not None:
                raise ExactCopy(other, text_hash) from None
            raise
