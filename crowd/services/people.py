"""Let people in: an account by e-mail and role, and tokens for the API."""

import secrets
from dataclasses import dataclass

from django.contrib.auth import password_validation
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from knox.models import AuthToken

from crowd.models import Person
from crowd.services.errors import Conflict

# 16 random bytes: nobody guesses it, and it can still be read out over the phone.
PASSWORD_BYTES = 16


class BadAccount(ValueError):
    """An e-mail address or a password that no account can have."""


@dataclass(frozen=True)
class Account:
    """A new person with the password they sign in with, which is kept nowhere else."""

    person: Person
    password: str


def create(email: str, *, role: str, name: str = "", password: str | None = None) -> Account:
    """Store a person; without a password they get a random one.

    Raises BadAccount, and Conflict where somebody has this e-mail already, in whatever case.
    """
    email = email.strip()
    _require_good(email, password)
    chosen = password if password is not None else secrets.token_urlsafe(PASSWORD_BYTES)
    try:
        with transaction.atomic():
            person = Person.objects.create_user(email, chosen, role=role, name=name)
    except IntegrityError:
        raise Conflict(_("Somebody with the e-mail %(email)s is here already.") % {"email": email}) from None
    return Account(person, chosen)


def create_token(person: Person) -> str:
    """A new API token. Only its hash is stored, so this is the one time it can be read."""
    _row, token = AuthToken.objects.create(user=person)
    return str(token)


def _require_good(email: str, password: str | None) -> None:
    try:
        validate_email(email)
        Person._meta.get_field("email").run_validators(email)  # noqa: SLF001 -- Django's public name for it
        if password is not None:
            password_validation.validate_password(password, Person(email=email))
    except ValidationError as problem:
        raise BadAccount(" ".join(problem.messages)) from None
