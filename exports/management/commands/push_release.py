"""Push a release to a hub."""

from typing import Any

from django.conf import settings
from django.core.management.base import CommandParser
from django.utils import timezone

from crowd.management.base import FlockCommand, Refusal, WrongUsage
from exports.domain.release import IllegalMove
from exports.domain.repo_id import is_repo_id
from exports.models import Release
from exports.services import hub
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
            self._list(found, repo_id) if dry_run else self._push(found, repo_id)
        except (IllegalMove, BrokenRelease, NotPushed) as reason:
            raise Refusal(f"Release {release} is not pushed: {reason}") from None

    def _list(self, release: Release, repo_id: str) -> None:
        for path in hub.contents_of(release):
            self.stdout.write(path)
        where = f"{settings.HF_ENDPOINT}/datasets/{repo_id}"
        self.say(f"These files would go to {where}, tagged {hub.tag_of(release)}. Nothing was sent.")
        if not settings.HF_TOKEN:
            self.say("HF_TOKEN is not set, so the hub was not asked what it holds.")
            return
        try:
            found = hub.preview(release, repo_id=repo_id)
        except NotPushed as reason:
            raise Refusal(f"A push would be refused now: {reason}") from None
        self.say(f"{repo_id}: {found.found}")
        if found.removed:
            self.say(f"These files of the release before would leave main: {', '.join(found.removed)}.")

    def _push(self, release: Release, repo_id: str) -> None:
        pushed = hub.push(release, repo_id=repo_id, now=timezone.now())
        if not pushed.is_new:
            self.say(f"Release {release.version} is at {pushed.url} already. Nothing was sent.")
            return
        self.say(f"Release {release.version} is at {pushed.url}, tagged {hub.tag_of(release)}.")
