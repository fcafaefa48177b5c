"""Proof that whoever asks for something that cannot be undone is the person, and not somebody at a browser left open."""

from datetime import UTC, datetime, timedelta

from allauth.account.authentication import get_authentication_records
from allauth.core import ratelimit
from django.http import HttpRequest

from crowd.models import Person

# As long as allauth trusts a password that was asked for again.
LATELY = timedelta(minutes=5)


def may_try(request: HttpRequest, person: Person) -> bool:
    """Whether the person may give their password once more: some times a minute, on all pages together."""
    return ratelimit.consume(request, action="reauthenticate", user=person)


def signed_in_lately(request: HttpRequest, person: Person, *, now: datetime) -> bool:
    """Whether this very session began, or was confirmed, minutes ago: the proof of who has no password."""
    records = get_authentication_records(request, person)
    return bool(records) and datetime.fromtimestamp(records[-1]["at"], tz=UTC) > now - LATELY
