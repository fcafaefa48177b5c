"""Copy a release's folder."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from crowd.management.base import FlockCommand, Refusal, WrongUsage
from exports.domain.release import IllegalMove
from exports.models import Release
from exports.services import release as releases
from exports.services.release_folder import BrokenRelease


class Command(FlockCommand):
    help = "Copy a release's folder, byte for byte, to a folder that is absent or empty."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("release", metavar="VERSION")
        parser.add_argument("--to", type=Path, required=True, metavar="DIR")

    def handle(self, *args: Any, release: str, to: Path, **options: Any) -> None:
        found = Release.objects.filter(version=release).first()
        if found is None:
            raise WrongUsage(f"There is no release {release}.")
        try:
            manifest = releases.export(found, to)
        except releases.BadChoice as mistake:
            raise WrongUsage(str(mistake)) from None
        except (IllegalMove, BrokenRelease, OSError) as reason:
            raise Refusal(f"Nothing was exported: {reason}") from None
        self.say(f"Release {release}: {len(manifest.files) + 1} files are in {to}.")
