"""Publish a release."""

from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from crowd.management.base import FlockCommand, Refusal, WrongUsage
from crowd.services.errors import Conflict
from exports.domain.release import IllegalMove
from exports.models import Release
from exports.services import release as releases


class Command(FlockCommand):
    help = "Publish a release that is ready: from then on everybody may read it, signed in or not."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("release", metavar="VERSION")

    def handle(self, *args: Any, release: str, **options: Any) -> None:
        found = Release.objects.filter(version=release).first()
        if found is None:
            raise WrongUsage(f"There is no release {release}.")
        if found.is_published:
            self.say(f"Release {release} is published already.")
            return
        try:
            releases.publish(found, now=timezone.now())
        except (IllegalMove, Conflict) as reason:
            raise Refusal(str(reason)) from None
        self.say(f"Release {release} is published.")
