"""The whole site with one command: what `make run` starts."""

import argparse
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand

from config.processes import Supervisor
from config.site import Site, alone_on, listening_on
from crowd.models import Person

DEMO_DOMAIN = "flock.example"
MAX_PEOPLE_SHOWN = 10


class Command(BaseCommand):
    help = "Start Flock and keep it running until Ctrl-C: database, demo, broker, web, worker and sweeper."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
        parser.add_argument(
            "--port", default=8000, type=int, help="port to listen on; 0: any free (default: %(default)s)"
        )
        parser.add_argument("--no-demo", action="store_true", help="leave an empty database without the demo")

    def handle(self, *, host: str, port: int, no_demo: bool, **_options: object) -> None:
        with alone_on(settings.DATA_DIR), listening_on(host, port) as listener:
            self._prepare(demo=not no_demo)
            logs = settings.DATA_DIR / "logs"
            logs.mkdir(exist_ok=True)
            supervisor = Supervisor(logs, settings.BASE_DIR, self._say)
            with supervisor.listening_to_signals():
                site = Site(supervisor, listener)
                try:
                    site.start()
                    if site.wait_until_ready():
                        self._welcome(site, logs)
                        site.run()
                    self._say("Stopping …")
                finally:
                    supervisor.stop()

    def _prepare(self, *, demo: bool) -> None:
        call_command("migrate", verbosity=0, interactive=False)
        call_command("collectstatic", verbosity=0, interactive=False)
        if demo and not Person.objects.exists():
            call_command("seed_demo", stdout=self.stdout, stderr=self.stderr)

    def _welcome(self, site: Site, logs: Path) -> None:
        self._say(f"\nFlock is ready: {site.url}\n")
        people = Person.objects.filter(is_active=True).order_by("role", "email")
        demo = people.filter(email__endswith=f"@{DEMO_DOMAIN}")[:MAX_PEOPLE_SHOWN]
        for person in demo:
            self._say(f"  {person.email:<28}{person.get_role_display()}")
        if not people.exists():
            self._say("  Nobody can sign in yet: ./manage.py create_person you@example.org --role admin")
        self._say(f"\nBroker: {site.broker}. Logs: {logs}. Stop with Ctrl-C.")

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()
