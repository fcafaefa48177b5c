"""Let people in: an account by e-mail and role, and tokens for the API."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth import password_validation
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.db.models import Model
from django.utils.translation import gettext as _
from knox.models import AuthToken

from crowd.models import Person
from crowd.services import events, rows
from crowd.services.errors import Conflict

# 128 bits: nobody guesses it, and it can still be read out over the phone.
PASSWORD_BYTES = 16


class BadAddress(ValueError):
    """A text that is no e-mail address."""


class BadName(ValueError):
    """A name that cannot be stored."""


@dataclass(frozen=True)
class Account:
    """A new person with the password they sign in with, which is kept nowhere else."""

    person: Person
    password: str


def create(email: str, *, role: str, now: datetime, name: str = "", password: str | None = None) -> Account:
    """Store a person; without a password they get a random one.

    Raises BadAddress, BadName, and Conflict where somebody has this e-mail already, in whatever case.
    """
    email = email.strip()
    _require_address(email)
    _require_name(name)
    chosen = secrets.token_urlsafe(PASSWORD_BYTES) if password is None else password
    try:
        with transaction.atomic():
            person = Person.objects.create_user(email, chosen, role=role, name=name)
    except IntegrityError:
        raise Conflict(_("There is already a person with the e-mail %(email)s.") % {"email": email}) from None
    tell_of_new(person, now=now)
    return Account(person, chosen)


def tell_of_new(person: Person, *, now: datetime) -> None:
    """Keep it as an event that somebody came, in the transaction that stores them."""
    events.record("person", person.pk, "create", now=now, data={"role": person.role})


@transaction.atomic
def set_role(person: Person, role: str, *, now: datetime) -> None:
    """Give a person another role. Nothing happens where they have it, or have left."""
    if Person.objects.filter(pk=person.pk, left_at=None).exclude(role=role).update(role=role):
        events.record("person", person.pk, "role", now=now, data={"role": role})
    person.refresh_from_db(fields=["role"])


def hold(person: Person, *, keys_for: Sequence[type[Model]] = (), alone: bool = False) -> list[int]:
    """Keep the person from leaving until the caller's transaction ends. Raises Conflict where they have left.

    `alone` keeps others from holding them meanwhile: for who counts what a person has before adding to it.
    Returns the keys of rows to come, one for each of these tables: every submission asks for both, so it is one question.
    """
    # By hand, like the writing of new rows. On SQLite a transaction that writes is alone.
    lock = ""
    if connection.vendor == "postgresql":
        lock = "FOR NO KEY UPDATE" if alone else "FOR SHARE"
    keys = ", ".join(rows.next_key(model) for model in keys_for) or "1"
    with connection.cursor() as cursor:
        statement = f"SELECT {keys} FROM crowd_person WHERE id = %s AND left_at IS NULL {lock}"  # noqa: S608 -- words of ours
        cursor.execute(statement, [person.pk])
        found = cursor.fetchone()
    if found is None:
        raise Conflict(_("This person has left, so nothing more can be kept for them."))
    return list(found[: len(keys_for)])


def weakness(password: str, *, email: str) -> list[str]:
    """Why a password is easily guessed, in sentences; empty where it is not."""
    try:
        password_validation.validate_password(password, Person(email=email))
    except ValidationError as problem:
        return list(problem.messages)
    return []


def create_token(person: Person, *, now: datetime) -> str:
    """A new API token. Only its hash is stored, so this is the one time it can be read."""
    _row, token = AuthToken.objects.create(user=person)
    events.record("person", person.pk, "token", now=now)
    return str(token)


def _require_address(email: str) -> None:
    try:
        Person._meta.get_field("email").run_validators(email)  # noqa: SLF001 -- Django's public way to a field
    except ValidationError:
        raise BadAddress(_("%(email)r is no e-mail address.") % {"email": email}) from None


def _require_name(name: str) -> None:
    longest = Person._meta.get_field("name").max_length or 0  # noqa: SLF001 -- Django's public way to a field
    if len(name) > longest:
        raise BadName(
            _("The name has %(count)d characters, and %(longest)d is the limit.")
            % {"count": len(name), "longest": longest}
        )
