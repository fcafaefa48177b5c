"""Compare two releases."""

from typing import Any

from django.core.management.base import CommandParser

from crowd.management.base import FlockCommand, WrongUsage
from exports.models import Release
from exports.services import differences

_WITHDRAWN = (
    "Withdrawn here: in {before} and no longer in {after}, for whatever reason. It may have been left out by choice; what was "
    "taken back has a tombstone in a later release."
)


class Command(FlockCommand):
    help = (
        "List what changed from release A to release B, a line per record: added, changed (the same id, another text) or "
        "withdrawn (no longer in it, for whatever reason), and its id."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("before", metavar="A")
        parser.add_argument("after", metavar="B")

    def handle(self, *args: Any, before: str, after: str, **options: Any) -> None:
        found = differences.between(_ready(before), _ready(after))
        for line in found.lines():
            self.stdout.write(line)
        self.say(f"From {before} to {after}: {found}.")
        if found.withdrawn:
            self.say(_WITHDRAWN.format(before=before, after=after))


def _ready(version: str) -> Release:
    release = Release.objects.ready().filter(version=version).first()
    if release is None:
        raise WrongUsage(f"There is no release {version} that is ready.")
    return release
