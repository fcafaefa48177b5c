"""Sign a release, or keep a signature made elsewhere."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from crowd.management.base import FlockCommand, Refusal, WrongUsage
from exports.domain.release import IllegalMove
from exports.domain.signature import MAX_BYTES, BadSignature
from exports.models import Release
from exports.services import signing
from exports.services.release_folder import BrokenRelease


class Command(FlockCommand):
    help = (
        "Sign a release's manifest with an Ed25519 key through ssh-keygen, or keep a signature made elsewhere "
        "(`ssh-keygen -Y sign -n flock-release -f KEY manifest.json`). The release itself does not change."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("release", metavar="VERSION")
        parser.add_argument(
            "--replace", action="store_true", help="put it in the place of a signature that another key made"
        )
        how = parser.add_mutually_exclusive_group(required=True)
        how.add_argument(
            "--key", type=Path, metavar="FILE", help="your key, which ssh-keygen reads and Flock does not"
        )
        how.add_argument("--signature", type=Path, metavar="FILE", help="manifest.json.sig, made elsewhere")

    def handle(
        self,
        *args: Any,
        release: str,
        key: Path | None,
        signature: Path | None,
        replace: bool = False,
        **options: Any,
    ) -> None:
        found = Release.objects.filter(version=release).first()
        if found is None:
            raise WrongUsage(f"There is no release {release}.")
        try:
            text = signing.make(found, key) if key else _read(signature)
            row = signing.attach(found, text, replace=replace, now=timezone.now())
        except signing.NoKey as mistake:
            raise WrongUsage(str(mistake)) from None
        except signing.SignedByAnother as reason:
            raise Refusal(
                f"Release {release} is not signed: {reason}. To put this signature in its place: --replace."
            ) from None
        except (BadSignature, BrokenRelease, IllegalMove, signing.NotSigned) as reason:
            raise Refusal(f"Release {release} is not signed: {reason}") from None
        self.say(f"Release {release} is signed by the key {row.fingerprint}.")


def _read(path: Path | None) -> bytes:
    try:
        with (path or Path()).open("rb") as stream:
            return stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise WrongUsage(f"{path} cannot be read: {error.strerror}.") from None
