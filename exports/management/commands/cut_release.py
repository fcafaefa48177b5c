"""Cut a release of what is approved."""

from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from crowd.domain.licences import RELEASE_LICENCES
from crowd.domain.text import plural
from crowd.management.base import FlockCommand, Refusal, WrongUsage
from crowd.services.errors import Conflict
from exports.domain.refusal import Fault, fault, ways_out
from exports.domain.release import Choice, Profile, State
from exports.models import Release
from exports.services import release as releases
from exports.services.release_folder import place


class Command(FlockCommand):
    help = "Cut a release of everything that is approved. Refused as a whole where one record does not fit the profile."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("release", metavar="VERSION", help="a semantic version without v, such as 1.0.0")
        parser.add_argument(
            "--profile", choices=[profile.value for profile in Profile], default=Profile.COMMERCIAL.value
        )
        parser.add_argument(
            "--licence", choices=RELEASE_LICENCES, default="", help="only one that every record permits"
        )
        for name, metavar, words in (
            ("--category", "KEY", "take this category only"),
            ("--source", "NAME", "take this imported dataset only"),
            ("--without-source", "NAME", "leave this imported dataset out"),
        ):
            parser.add_argument(
                name,
                metavar=metavar,
                action="extend",
                nargs="+",
                default=[],
                help=f"{words} (may be repeated)",
            )

    def handle(self, *args: Any, release: str, profile: str, licence: str, **options: Any) -> None:
        choice = Choice(
            profile=profile,
            licence=licence,
            categories=tuple(dict.fromkeys(options["category"])),
            sources=tuple(dict.fromkeys(options["source"])),
            without_sources=tuple(dict.fromkeys(options["without_source"])),
        )
        try:
            made = releases.cut_here(release, choice, clock=timezone.now)
        except releases.BadChoice as mistake:
            raise WrongUsage(str(mistake)) from None
        except (Conflict, OSError) as reason:
            raise Refusal(f"Nothing was released: {reason}") from None
        self._report(made)

    def _report(self, release: Release) -> None:
        if release.state == State.FAILED:
            for problem in release.problems:
                source = f" ({problem['source']})" if problem.get("source") else ""
                self.stdout.write(f"{problem['id']} {problem['rule']}: {problem['reason']}{source}")
            records = len({problem["id"] for problem in release.problems if problem["id"]})
            if not records:
                raise Refusal(f"There is no release {release.version}; its version is free.")
            refused = f"Release {release.version} is refused: {records} {plural(records, 'record')} {_why(release, records)}."
            raise Refusal(f"{refused} {ways_out(release.problems).in_words}".rstrip())
        if release.state != State.READY:
            raise Refusal(f"Release {release.version} is being cut by another process now.")
        self.say(
            f"Release {release.version} is ready: {release.counts['records']} "
            f"{plural(release.counts['records'], 'record')} under {release.licence}, "
            f"in {place(release.version)}."
        )


def _why(release: Release, records: int) -> str:
    do, are = ("does", "is") if records == 1 else ("do", "are")
    return {
        Fault.PROFILE: f"{do} not fit the profile {release.profile}",
        Fault.LICENCE: f"{do} not permit {release.options['licence']}",
        Fault.TEXTS: f"{are} not stored as {'it was' if records == 1 else 'they were'} approved",
        Fault.SEVERAL: "cannot be released, for the reasons above",
    }[fault(release.problems)]
