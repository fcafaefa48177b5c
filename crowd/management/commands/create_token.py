"""Make a token for the API."""

from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from crowd.management.base import FlockCommand, Refusal
from crowd.models import Person
from crowd.services import people


class Command(FlockCommand):
    help = "Make an API token for a person and print it alone on stdout. Only its hash is kept: it is shown this once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", metavar="EMAIL", help="whose requests the token makes")

    def handle(self, *, email: str, **_options: Any) -> None:
        person = Person.objects.filter(email__iexact=email).first()
        if person is None:
            raise Refusal(f"Nobody here has the e-mail {email}. ./manage.py create_person makes an account.")
        if not person.is_active:
            raise Refusal(f"{person.email} is disabled, so a token would open nothing.")
        self.say(f"A token for {person.email}. Send it as `Authorization: Bearer TOKEN`:")
        self.stdout.write(people.create_token(person, now=timezone.now()))
