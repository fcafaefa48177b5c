"""Let somebody in."""

from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from crowd.management.base import FlockCommand, Refusal, WrongUsage
from crowd.models.person import Role
from crowd.services import people
from crowd.services.errors import Conflict


class Command(FlockCommand):
    help = "Make an account. Without --password a random password is made and printed, this once, on stdout."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", metavar="EMAIL", help="what the person signs in with")
        parser.add_argument("--role", required=True, choices=Role.values, help="what the person may do")
        parser.add_argument("--name", default="", help="the name that others see")
        parser.add_argument(
            "--password", metavar="P", help="the password to sign in with (default: a random one)"
        )

    def handle(self, *, email: str, role: str, name: str, password: str | None, **_options: Any) -> None:
        if password == "":
            raise WrongUsage("An empty password lets nobody in; leave --password out to get a random one.")
        account = self._create(email, role=role, name=name, password=password)
        self.say(f"{account.person.email} is here now, as {role}.")
        if password is None:
            self.say("The password, shown only this once:")
            self.stdout.write(account.password)
            return
        for sentence in people.weakness(password, email=email):
            self.say(f"Note: {sentence}")

    def _create(self, email: str, **fields: Any) -> people.Account:
        try:
            return people.create(email, now=timezone.now(), **fields)
        except (people.BadAddress, people.BadName) as problem:
            raise WrongUsage(str(problem)) from None
        except Conflict as problem:
            raise Refusal(str(problem)) from None
