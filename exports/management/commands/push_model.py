"""Push a run's model to a hub."""

from typing import Any
from uuid import UUID

from django.core.management.base import CommandParser
from django.utils import timezone

from crowd.management.base import FlockCommand, Refusal, WrongUsage
from exports.domain.repo_id import is_repo_id
from exports.management import look
from exports.models import Run
from exports.services import hub_model, hub_push
from exports.services.hub_repo import NotPushed


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
            parcel = hub_model.parcel_of(found)
            if dry_run:
                look.tell(self, parcel, repo_id=repo_id)
                return
            pushed = hub_push.push(parcel, repo_id=repo_id, now=timezone.now())
        except (NotPushed, OSError) as reason:
            raise Refusal(f"The model of run {run} is not pushed: {reason}") from None
        self.say(
            f"The model of run {found.public_id} is at {pushed.url}, tagged {parcel.tag}."
            if pushed.is_new
            else f"The model is at {pushed.url} already. Nothing was sent."
        )
