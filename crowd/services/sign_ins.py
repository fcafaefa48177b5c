"""What lets a person in: password, sessions, API tokens, links to a directory. Read for themselves; ended when they leave."""

from collections.abc import Iterator
from typing import Any

from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.contrib.admin.models import LogEntry
from django.contrib.auth import SESSION_KEY
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from knox.models import AuthToken

from crowd.models import Person


def sessions_of(person: Person) -> list[Session]:
    """Every session that is signed in as the person. Only its data says whose it is, so each is looked into."""
    owner = str(person.pk)
    return [
        session for session in Session.objects.iterator() if session.get_decoded().get(SESSION_KEY) == owner
    ]


def describe(person: Person) -> Iterator[dict[str, Any]]:
    """Each way in, without what opens it."""
    yield {"kind": "password", "is_set": person.has_usable_password()}
    for session in sessions_of(person):
        yield {"kind": "session", "expires_at": session.expire_date}
    for token in AuthToken.objects.filter(user=person).order_by("created"):
        yield {"kind": "API token", "created_at": token.created, "expires_at": token.expiry}
    for address in EmailAddress.objects.filter(user=person).order_by("pk"):
        yield {"kind": "e-mail address", "e-mail": address.email, "is_verified": address.verified}
    for link in SocialAccount.objects.filter(user=person).order_by("pk"):
        yield {
            "kind": "single sign-on",
            "provider": link.provider,
            "id": link.uid,
            "first_used_at": link.date_joined,
            "last_used_at": link.last_login,
            "told_by_the_directory": link.extra_data,
        }


def end(person: Person, sessions: list[Session]) -> None:
    """End every way in, and forget the names that the admin site noted, in the caller's transaction."""
    Session.objects.filter(pk__in=[session.pk for session in sessions]).delete()
    AuthToken.objects.filter(user=person).delete()
    EmailAddress.objects.filter(user=person).delete()
    SocialAccount.objects.filter(user=person).delete()
    about = {"content_type": ContentType.objects.get_for_model(Person), "object_id": str(person.pk)}
    LogEntry.objects.filter(**about).update(object_repr="")
