"""What a dry push tells at a terminal, of a release and of a model alike."""

from django.conf import settings

from crowd.management.base import FlockCommand, Refusal
from exports.services import hub_push
from exports.services.hub_push import Parcel
from exports.services.hub_repo import NotPushed


def tell(command: FlockCommand, parcel: Parcel, *, repo_id: str) -> None:
    """The files to stdout, and where they would go and what is there. Raises Refusal where a push would be refused now."""
    for path in parcel.contents:
        command.stdout.write(path)
    where = hub_push.place(parcel.kind, repo_id)
    command.say(f"These files would go to {where}, tagged {parcel.tag}. Nothing was sent.")
    if not settings.HF_TOKEN:
        command.say("HF_TOKEN is not set, so the hub was not asked what it holds.")
        return
    try:
        found = hub_push.preview(parcel, repo_id=repo_id)
    except NotPushed as reason:
        raise Refusal(f"A push would be refused now: {reason}") from None
    command.say(f"{repo_id}: {found.found}")
    if found.removed:
        command.say(f"These files of the {parcel.noun} before would leave main: {', '.join(found.removed)}.")
