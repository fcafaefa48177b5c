"""Keep what a person types before they send it. Every save counts, so that two tabs cannot overwrite each other."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from crowd.domain.text import normalize_newlines
from crowd.models import Category, Draft, Person, Submission
from crowd.services import idempotency, people
from crowd.services import submission as submissions
from crowd.services.errors import Conflict
from crowd.services.submission import Content, Sent

# No header holds a line end, so no Idempotency-Key of a person's own can be this.
KEY_PREFIX = "draft\n"
TEXT_FIELDS = ("instruction", "context", "response", "passage_url")


def start(person: Person, category: Category, *, now: datetime) -> Draft:
    """An empty draft to type into: the person's empty one of this category, or a new one."""
    drafts = Draft.objects.of(person).filter(category=category, revises=None)
    empty = drafts.filter(**dict.fromkeys(TEXT_FIELDS, "")).first()
    if empty is not None:
        return empty
    with transaction.atomic():
        people.hold(person)
        return Draft.objects.create(person=person, category=category, created_at=now, updated_at=now)


def revise(person: Person, submission: Submission, *, now: datetime) -> Draft:
    """The draft of a next version, begun with the current texts."""
    version = submission.current_version
    texts = {
        "category": version.category,
        "instruction": version.instruction,
        "context": version.context,
        "response": version.response,
        "passage_url": version.passage.url if version.passage else "",
    }
    with transaction.atomic():
        people.hold(person)
        draft, _is_new = Draft.objects.get_or_create(
            person=person, revises=submission, defaults={**texts, "created_at": now, "updated_at": now}
        )
    return draft


def save(draft: Draft, *, texts: dict[str, Any], edit: int | None, now: datetime) -> int:
    """Store what stands in the form and return the new edit number.

    `edit` is the number the form last saw; None overwrites. Raises Conflict where another tab saved something else in
    between; the same texts twice, as a double click brings them, are no conflict.
    """
    clean = {name: normalize_newlines(texts[name]) for name in TEXT_FIELDS if name in texts}
    rows = Draft.objects.filter(pk=draft.pk, edit=draft.edit if edit is None else edit)
    new_edit = (draft.edit if edit is None else edit) + 1
    if not rows.update(**clean, edit=new_edit, updated_at=now):
        same = Draft.objects.filter(pk=draft.pk, **clean).first()
        if same is not None:
            return same.edit
        raise Conflict(_("This draft was changed in another tab. Reload it to see the newer text."))
    for name, value in clean.items():
        setattr(draft, name, value)
    draft.edit = new_edit
    return new_edit


def send(person: Person, draft_id: UUID, *, now: datetime) -> str:
    """Send a draft and return the submission's public id; then it is no draft any more.

    A double click or a reload sends once: the second call gets the first one's answer. Raises Draft.DoesNotExist and
    what `submission.submit` and `resubmit` raise; the draft then stays as it is.
    """
    _status, answer = idempotency.once(
        person,
        f"{KEY_PREFIX}{draft_id}",
        request={"draft": str(draft_id)},
        now=now,
        answer=lambda: (201, {"id": str(_send(person, draft_id, now=now).submission.public_id)}),
    )
    return str(answer["id"])


def discard(draft: Draft) -> None:
    """Throw a draft away because its writer asked for it."""
    draft.delete()


def _send(person: Person, draft_id: UUID, *, now: datetime) -> Sent:
    draft = (
        Draft.objects.of(person)
        .select_related("category", "revises__current_version")
        .get(public_id=draft_id)
    )
    content = Content(
        category=draft.category,
        instruction=draft.instruction,
        response=draft.response,
        context=draft.context,
        passage_url=draft.passage_url,
    )
    if draft.revises is None:
        sent = submissions.submit(person, content, now=now)
    else:
        sent = submissions.resubmit(draft.revises, content, person=person, now=now)
    draft.delete()
    return sent
