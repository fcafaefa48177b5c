"""The whole site with one command: what `make run` starts."""

import argparse
import multiprocessing
import sys
from pathlib import Path
from typing import ClassVar

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from config.processes import Supervisor
from config.site import Site, alone_on, listening_on
from crowd.models import Person
from crowd.services import demo

MAX_PORT = 65_535


class Command(BaseCommand):
    # `migrate` runs them; they load every view, and this process stays.
    requires_system_checks: ClassVar[list[str]] = []
    help = "Start Flock and keep it running until Ctrl-C: database, demo, broker, web, worker and sweeper."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
        parser.add_argument(
            "--port",
            default=8000,
            type=_port,
            help="port to listen on; 0: any free (default: %(default)s)",
        )
        parser.add_argument("--no-demo", action="store_true", help="leave an empty database without the demo")

    def handle(self, *, host: str, port: int, no_demo: bool, **_options: object) -> None:
        with alone_on(settings.DATA_DIR), listening_on(host, port) as listener:
            self._in_a_child(with_demo=not no_demo)
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

    def _in_a_child(self, *, with_demo: bool) -> None:
        """Prepare in a process that ends: what it loaded would otherwise stay in memory as long as the site runs."""
        child = multiprocessing.get_context("fork").Process(
            target=self._prepare, kwargs={"with_demo": with_demo}
        )
        child.start()
        child.join()
        if child.exitcode:
            sys.exit(child.exitcode)

    def _prepare(self, *, with_demo: bool) -> None:
        try:
            call_command("migrate", verbosity=0, interactive=False, skip_checks=False)
            call_command("collectstatic", verbosity=0, interactive=False)
            if with_demo and not settings.PRODUCTION and not demo.is_here():
                call_command("seed_demo", stdout=self.stdout, stderr=self.stderr)
        except CommandError as error:
            self.stderr.write(f"flock: {error}")
            sys.exit(error.returncode)

    def _welcome(self, site: Site, logs: Path) -> None:
        self._say(f"\nFlock is ready: {site.url}\n")
        invented = Person.objects.filter(is_active=True, email__endswith=f"@{demo.DOMAIN}").order_by(
            "role", "email"
        )
        if invented:
            self._say(f"The demo's people, all with the password {demo.PASSWORD}:")
        for person in invented:
            self._say(f"  {person.email:<24}{person.get_role_display()}")
        if not Person.objects.exists():
            self._say("Nobody can sign in yet: ./manage.py create_person you@example.org --role admin")
        self._say(f"\nBroker: {site.broker}. Logs: {logs}. Stop with Ctrl-C.")

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()


def _port(text: str) -> int:
    """A port as typed. A greater number would be taken by the system for another port."""
    if not text.isdecimal() or int(text) > MAX_PORT:
        raise argparse.ArgumentTypeError(f"{text!r} is no port: choose a number from 0 to {MAX_PORT}")
    return int(text)
