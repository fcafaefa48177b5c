"""The licence grant and the attestation: versioned wordings, accepted once each and kept."""

import hashlib
from datetime import datetime

from django.utils.translation import gettext as _

from crowd.domain.text import normalize_newlines
from crowd.models import Grant, GrantWording, Person
from crowd.services import events
from crowd.services.errors import Conflict


def accepted(person: Person) -> Grant | None:
    """The person's grant under the current wording, if they gave it."""
    return (
        Grant.objects.select_related("wording")
        .filter(person=person, wording=GrantWording.objects.current())
        .first()
    )


def accept(person: Person, *, version: str, now: datetime) -> Grant:
    """Keep that the person accepted this wording. Raises Conflict where it is not the current one."""
    wording = GrantWording.objects.current()
    if version != wording.version:
        raise Conflict(
            _("The wording has changed. Please read version %(version)s.") % {"version": wording.version}
        )
    grant, is_new = Grant.objects.get_or_create(person=person, wording=wording, defaults={"accepted_at": now})
    if is_new:
        events.record("person", person.pk, "grant", now=now, actor=person, data={"wording": wording.sha256})
    return grant


def add_wording(text: str, *, licence: str) -> GrantWording:
    """The next wording. From now on it is the one that is asked for, and everybody is asked again."""
    last = GrantWording.objects.order_by("-number").first()
    return GrantWording.objects.create(
        number=last.number + 1 if last else 1,
        text=normalize_newlines(text),
        licence=licence,
        sha256=hashlib.sha256(normalize_newlines(text).encode()).hexdigest(),
    )
