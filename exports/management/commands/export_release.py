"""Copy a release's folder, or write its records in other formats, splits and files."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from crowd.management.base import FlockCommand, Refusal, WrongUsage
from exports.domain.derived import Plan
from exports.domain.formats import FORMATS
from exports.domain.release import IllegalMove
from exports.domain.splits import WHOLE, BadSplits, EmptySplit, parse_splits
from exports.models import Release
from exports.services import derived, signing
from exports.services import release as releases
from exports.services.release_folder import BrokenRelease


class Command(FlockCommand):
    help = (
        "Copy a release's folder, byte for byte, to a folder that is absent or empty. With any of the other options, write "
        "a folder that is derived from it (docs/data-format.md): the release's own files stay as they are."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("release", metavar="VERSION")
        parser.add_argument("--to", type=Path, required=True, metavar="DIR")
        parser.add_argument(
            "--format",
            choices=FORMATS,
            action="extend",
            nargs="+",
            default=[],
            help="a format to write the records in as well (may be repeated)",
        )
        parser.add_argument(
            "--split",
            default="",
            metavar="NAME=SHARE,…",
            help="part the records, as in train=0.9,validation=0.05,test=0.05; what resembles one another stays together",
        )
        parser.add_argument("--per-category", action="store_true", help="a file for each category")

    def handle(
        self, *args: Any, release: str, to: Path, split: str, per_category: bool, **options: Any
    ) -> None:
        found = Release.objects.filter(version=release).first()
        if found is None:
            raise WrongUsage(f"There is no release {release}.")
        try:
            plan = Plan(
                tuple(dict.fromkeys(options["format"])),
                parse_splits(split) if split else WHOLE,
                per_category,
            )
            made = signing.export(found, to) if plan.is_release else derived.derive(found, to, plan)
        except (releases.BadChoice, BadSplits) as mistake:
            raise WrongUsage(str(mistake)) from None
        except (IllegalMove, BrokenRelease, EmptySplit, OSError) as reason:
            raise Refusal(f"Nothing was exported: {reason}") from None
        signed = signing.current(found) if plan.is_release else None
        who = f", signed by {signed.fingerprint}" if signed else ""
        self.say(f"Release {release}: {len(made.files) + 1} files are in {to}{who}.")
