"""Push a release to a hub."""

from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from crowd.management.base import FlockCommand, Refusal, WrongUsage
from exports.domain.release import IllegalMove
from exports.domain.repo_id import is_repo_id
from exports.management import look
from exports.models import Release
from exports.services import hub, hub_push
from exports.services.hub_repo import NotPushed
from exports.services.release_folder import BrokenRelease


class Command(FlockCommand):
    help = "Push a release to a Hugging Face hub (HF_ENDPOINT, HF_TOKEN): one commit with every file, and its tag."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("release", metavar="VERSION")
        parser.add_argument("--repo-id", required=True, metavar="ORG/NAME", help="a dataset repository")
        parser.add_argument("--dry-run", action="store_true", help="say what would be sent, and send nothing")

    def handle(self, *args: Any, release: str, repo_id: str, dry_run: bool, **options: Any) -> None:
        if not is_repo_id(repo_id):
            raise WrongUsage(f"--repo-id {repo_id} is not of the form ORG/NAME.")
        found = Release.objects.filter(version=release).first()
        if found is None:
            raise WrongUsage(f"There is no release {release}.")
        try:
            parcel = hub.parcel_of(found)
            if dry_run:
                look.tell(self, parcel, repo_id=repo_id)
                return
            pushed = hub_push.push(parcel, repo_id=repo_id, now=timezone.now())
        except (IllegalMove, BrokenRelease, NotPushed) as reason:
            raise Refusal(f"Release {release} is not pushed: {reason}") from None
        what = f"Release {found.version} is at {pushed.url}"
        self.say(f"{what}, tagged {parcel.tag}." if pushed.is_new else f"{what} already. Nothing was sent.")
        if pushed.back_from:
            self.say(
                f"The main of {repo_id} was {pushed.back_from}, which is later. Whoever loads no tag gets {parcel.tag} now."
            )
