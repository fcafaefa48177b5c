"""Submits over HTTP as a signed-in person, beside a bare Django view on the same server, worker on.

The two take turns, so that a busy machine slows both. A turn begins when the worker has nothing left of the last one.
"""

import argparse
import http.cookiejar
import json
import os
import random
import signal
import statistics
import sys
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from itertools import count, islice
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import django
from django.apps import apps
from django.core.management import call_command

from benchmarks.load import Measured, drive
from tests.support import deployment as deployments
from tests.support.live import LiveSite

SETTINGS = "benchmarks.bare.settings"
EMAIL, PASSWORD = "alice@flock.example", "correct horse battery staple"
VIEWS = {"bare": "/bare/", "submit": "/api/v1/submissions/"}
MOST_P50_RATIO, LEAST_RATE_RATIO = 5, 0.4
WARM_UP_SECONDS = 1
# Texts are made before a turn, enough of them for every second of it.
MORE_THAN_ANY_RATE = 2_000

# Records of each category in databricks-dolly-15k.
CATEGORIES = {
    "open_qa": 3742,
    "classification": 2136,
    "closed_qa": 1773,
    "brainstorming": 1766,
    "information_extraction": 1506,
    "summarization": 1188,
    "creative_writing": 709,
}
WITH_PASSAGE = {"closed_qa", "information_extraction", "summarization"}
# About dolly-15k's means.
INSTRUCTION_WORDS, CONTEXT_WORDS, RESPONSE_WORDS = 12, 180, 60
VOCABULARY = ["".join(random.Random(n).choices("aeiourstlnmd", k=3 + n % 8)) for n in range(5_000)]


def bodies(seed: int) -> Iterator[bytes]:
    """Requests without end, each with texts of its own."""
    dice = random.Random(seed)
    for number in count():
        category = dice.choices(list(CATEGORIES), weights=list(CATEGORIES.values()))[0]
        pair = {
            "category": category,
            "instruction": f"{_words(dice, INSTRUCTION_WORDS)} {number}?",
            "response": f"{_words(dice, RESPONSE_WORDS)}.",
        }
        if category in WITH_PASSAGE:
            pair["context"] = f"{_words(dice, CONTEXT_WORDS)}."
            pair["passage"] = {"url": f"https://en.wikipedia.org/wiki/Page_{number}"}
        yield json.dumps(pair).encode()


def _words(dice: random.Random, length: int) -> str:
    return " ".join(dice.choices(VOCABULARY, k=length))


class SignedIn:
    """A person's session on the site, and the requests they send in it."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._cookies = http.cookiejar.CookieJar()
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self._cookies))
        self._open("/accounts/login/")
        form = {"login": EMAIL, "password": PASSWORD, "csrfmiddlewaretoken": self._cookie("csrftoken")}
        self._open("/accounts/login/", urllib.parse.urlencode(form).encode())
        wording = json.loads(self._open("/api/v1/grant/"))["version"]
        self._open("/api/v1/grant/", json.dumps({"version": wording}).encode(), media_type="application/json")

    @property
    def address(self) -> tuple[str, int]:
        parts = urllib.parse.urlsplit(self.url)
        return str(parts.hostname), int(parts.port or 80)

    def requests(self, path: str, contents: list[bytes]) -> list[bytes]:
        """What goes over the wire, ready to send."""
        cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in self._cookies)
        head = (
            f"POST {path} HTTP/1.1\r\nHost: {self.address[0]}:{self.address[1]}\r\nCookie: {cookies}\r\n"
            f"X-CSRFToken: {self._cookie('csrftoken')}\r\nContent-Type: application/json\r\n"
        )
        return [f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body for body in contents]

    def _open(self, path: str, body: bytes | None = None, *, media_type: str = "") -> bytes:
        headers = {"Content-Type": media_type, "X-CSRFToken": self._cookie("csrftoken")} if media_type else {}
        request = urllib.request.Request(self.url + path, body, headers)  # noqa: S310 -- our own site
        with self._opener.open(request) as answer:
            return bytes(answer.read())

    def _cookie(self, name: str) -> str:
        return next((cookie.value or "" for cookie in self._cookies if cookie.name == name), "")


class Turns:
    """The two views under the same load, one after the other."""

    def __init__(self, person: SignedIn, *, clients: int) -> None:
        self.person = person
        self.clients = clients
        self.taken: dict[str, list[Measured]] = {name: [] for name in VIEWS}
        self._bodies = bodies(seed=clients)

    def take(self, *, rounds: int, seconds: float) -> None:
        for name in VIEWS:  # a first request imports, connects and fills caches
            self._turn(name, WARM_UP_SECONDS)
        for number in range(rounds):
            for name in sorted(VIEWS, reverse=number % 2 == 1):
                self.taken[name].append(self._turn(name, seconds))

    def p50_ratio(self) -> float:
        return self._median("submit", "p50_ms") / self._median("bare", "p50_ms")

    def rate_ratio(self) -> float:
        return self._median("submit", "rate") / self._median("bare", "rate")

    def errors(self) -> list[bytes]:
        return [error for turns in self.taken.values() for turn in turns for error in turn.errors]

    def report(self) -> None:
        for name, turns in self.taken.items():
            rates = [turn.rate for turn in turns]
            print(
                f"{self.clients:3} clients  {name:6}  p50 {self._median(name, 'p50_ms'):6.1f} ms"
                f"  p99 {max(turn.p99_ms for turn in turns):6.1f} ms"
                f"  {self._median(name, 'rate'):5.0f} a second ({min(rates):.0f} to {max(rates):.0f})"
            )
        print(
            f"{self.clients:3} clients  submit / bare: p50 {self.p50_ratio():.2f}, rate {self.rate_ratio():.2f};"
            f" {len(self.errors())} errors",
            flush=True,
        )

    def _turn(self, name: str, seconds: float) -> Measured:
        while apps.get_model("crowd", "Job").objects.unfinished().exists():
            time.sleep(0.2)
        contents = list(islice(self._bodies, self.clients + int(MORE_THAN_ANY_RATE * seconds)))
        requests = self.person.requests(VIEWS[name], contents)
        return drive(self.person.address, requests, clients=self.clients, seconds=seconds)

    def _median(self, name: str, figure: str) -> float:
        return statistics.median(getattr(turn, figure) for turn in self.taken[name])


def measure(person: SignedIn, options: argparse.Namespace) -> bool:
    """Whether the figures are within their bounds."""
    alone, together = Turns(person, clients=1), Turns(person, clients=options.clients)
    for turns in (alone, together):
        turns.take(rounds=options.rounds, seconds=options.seconds)
        turns.report()
    errors = alone.errors() + together.errors()
    for error in errors[:3]:
        print(error.decode(errors="replace"), file=sys.stderr)
    return not errors and alone.p50_ratio() <= MOST_P50_RATIO and together.rate_ratio() >= LEAST_RATE_RATIO


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--database", choices=["embedded", "production"], default="embedded")
    parser.add_argument("--clients", type=int, default=32)
    parser.add_argument("--seconds", type=float, default=4, help="length of one turn")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))  # so that the servers end too
    deployment = deployments.choose(options.database)
    try:
        deployment.start()
        environment = {**deployment.open_site("submit"), "DJANGO_SETTINGS_MODULE": SETTINGS}
        os.environ |= environment
        django.setup()
        call_command("migrate", verbosity=0)
        call_command("migrate", run_syncdb=True, verbosity=0)  # the bare view's table
        call_command("create_person", EMAIL, role="contributor", password=PASSWORD)
        with LiveSite(environment, "--no-demo") as site:
            is_good = measure(SignedIn(site.url), options)
    finally:
        deployment.stop()
    sys.exit(not is_good)


if __name__ == "__main__":
    main()
