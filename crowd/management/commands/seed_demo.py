from django.conf import settings
from django.utils import timezone

from crowd.management.base import FlockCommand, Refusal
from crowd.services import demo


class Command(FlockCommand):
    help = "Fill an empty site with the demo: invented people, and pairs in every state. A site with people stays as it is."

    def handle(self, **_options: object) -> None:
        if settings.PRODUCTION:
            raise Refusal("The demo's people share a published password, so production mode refuses it.")
        if demo.is_here():
            self.say("People are here already, so the demo stays out and nothing was changed.")
            return
        seeded = demo.seed(now=timezone.now())
        self.say(
            f"The demo is in: {seeded.people} people, {seeded.submissions} pairs. "
            f"Everybody's password is {demo.PASSWORD}"
        )
