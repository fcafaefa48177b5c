"""Verify a downloaded release, or a folder that was derived from one."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from crowd.domain.text import plural
from crowd.management.base import FlockCommand, Refusal, WrongUsage
from exports.domain import derived
from exports.domain.signature import BadKey, read_keys
from exports.services.derived_verification import DerivedVerification
from exports.services.verification import Verification


class Command(FlockCommand):
    help = "Check every byte of a release folder against its manifest, offline; say what is changed, missing or added."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path, metavar="DIR")

        parser.add_argument(
            "--key",
            type=Path,
            metavar="FILE",
            help="the publisher's public key, or several: a release that none of them signed is refused",
        )

    def handle(self, *args: Any, folder: Path, key: Path | None, **options: Any) -> None:
        if not folder.is_dir():
            raise WrongUsage(f"{folder} is not a folder.")
        found = _verification(folder, key)
        problems = 0
        for problem in found.problems():
            self.stdout.write(problem)
            problems += 1
        if problems:
            raise Refusal(
                f"{folder} is not the release as it was cut: {problems} {plural(problems, 'problem')}."
            )
        self._report(found)

    def _report(self, found: Verification | DerivedVerification) -> None:
        for line in found.report():
            self.say(line)


def _verification(folder: Path, key: Path | None) -> Verification | DerivedVerification:
    if not (folder / derived.NAME).exists():
        return Verification(folder, keys=_keys(key) if key else frozenset())
    if key:
        raise WrongUsage(
            f"{folder} is derived, and a signature is the release's: verify the release with --key."
        )
    return DerivedVerification(folder)


def _keys(path: Path) -> frozenset[bytes]:
    try:
        return read_keys(path.read_bytes())
    except OSError as error:
        raise WrongUsage(f"{path} cannot be read: {error.strerror}.") from None
    except BadKey as reason:
        raise WrongUsage(f"{path} is no file of public keys: {reason}.") from None
