"""Push a run's model to a hub."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.management.base import CommandParser
from django.utils import timezone

from crowd.management.base import FlockCommand, Refusal, WrongUsage
from exports.domain.repo_id import is_repo_id
from exports.models import Run
from exports.services import hub_model, hub_push
from exports.services.hub_repo import Kind, NotPushed


class Command(FlockCommand):
    help = (
        "Push a run's model to a Hugging Face hub (HF_ENDPOINT, HF_TOKEN): its safetensors with its card, in one commit, "
        "and a tag. A model of a release that is not published goes to a private repository."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("run", metavar="RUN", type=UUID, help="the run's id")
        parser.add_argument("--repo-id", required=True, metavar="ORG/NAME", help="a model repository")
        parser.add_argument("--dry-run", action="store_true", help="say what would be sent, and send nothing")

    def handle(self, *args: Any, run: UUID, repo_id: str, dry_run: bool, **options: Any) -> None:
        if not is_repo_id(repo_id):
            raise WrongUsage(f"--repo-id {repo_id} is not of the form ORG/NAME.")
        found = Run.objects.for_listing().filter(public_id=run).first()
        if found is None:
            raise WrongUsage(f"There is no run {run}.")
        try:
            self._list(found, repo_id) if dry_run else self._push(found, repo_id)
        except (NotPushed, OSError) as reason:
            raise Refusal(f"The model of run {run} is not pushed: {reason}") from None

    def _list(self, run: Run, repo_id: str) -> None:
        for path in hub_model.contents_of(run):
            self.stdout.write(path)
        where = hub_push.place(Kind.MODEL, repo_id)
        self.say(f"These files would go to {where}, tagged {hub_model.tag_of(run)}. Nothing was sent.")
        if not settings.HF_TOKEN:
            self.say("HF_TOKEN is not set, so the hub was not asked what it holds.")
            return
        try:
            found = hub_model.preview(run, repo_id=repo_id)
        except NotPushed as reason:
            raise Refusal(f"A push would be refused now: {reason}") from None
        self.say(f"{repo_id}: {found.found}")
        if found.removed:
            self.say(f"These files of the model before would leave main: {', '.join(found.removed)}.")

    def _push(self, run: Run, repo_id: str) -> None:
        pushed = hub_model.push(run, repo_id=repo_id, now=timezone.now())
        if not pushed.is_new:
            self.say(f"The model is at {pushed.url} already. Nothing was sent.")
            return
        self.say(f"The model of run {run.public_id} is at {pushed.url}, tagged {hub_model.tag_of(run)}.")
