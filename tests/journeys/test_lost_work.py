"""Every submission reaches its end, whatever dies in between: the worker, the broker's content, the sweeper."""

import json
import os
import signal
import time
import urllib.request
from contextlib import contextmanager

import pytest
import redis

from config import valkey

pytestmark = pytest.mark.journey

# A check of a worker that was lost is tried again when its lease of two minutes has ended (`checks.LEASE`).
PATIENCE_SECONDS = 240
# kombu asks the broker for one second at a time; what arrives within it would still reach a worker that stands still.
LISTENS_SECONDS = 5


@pytest.fixture(scope="module")
def site(start_site):
    site = start_site("lost-work", "--no-demo")
    site.manage(
        "create_person", "alice@flock.example", "--role", "contributor", "--password", "correct horse battery"
    )
    return site


@pytest.fixture(scope="module")
def call(site):
    """The API as alice calls it: method, path, body -> (status, answer)."""
    token = site.manage("create_token", "alice@flock.example").strip()

    def send(method, path, body=None):
        request = urllib.request.Request(
            f"{site.url}/api/v1/{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as answer:
            return json.load(answer)

    send("POST", "grant/", {"version": "1"})
    return send


@pytest.fixture
def broker(site):
    """A client of the site's broker."""
    url = site.environment.get("REDIS_URL") or f"unix://{valkey.socket_path(site.data_dir)}"
    with redis.Redis.from_url(url) as client:
        yield client


@contextmanager
def paused(pids):
    """Processes that stand still meanwhile."""
    assert pids
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


@contextmanager
def deaf(workers):
    """Workers that hear no bell meanwhile: the broker has given up on the question they had asked before."""
    with paused(workers):
        time.sleep(LISTENS_SECONDS)
        yield


def submit(call, word, count):
    """Send so many pairs; their ids."""
    return [
        call(
            "POST",
            "submissions/",
            {
                "category": "open_qa",
                "instruction": f"Why is {word} number {number} on the list?",
                "response": f"Because {word} was counted {number} times by somebody who likes to count.",
            },
        )["id"]
        for number in range(count)
    ]


def states(call, ids):
    return {call("GET", f"submissions/{submission}/")["state"] for submission in ids}


def wait_for_review(call, ids):
    deadline = time.monotonic() + PATIENCE_SECONDS
    while (left := states(call, ids)) != {"in_review"}:
        assert time.monotonic() < deadline, left
        time.sleep(0.5)


class TestWorkerKilled:
    def test_every_submission_reaches_the_reviewers(self, site, call):
        ids = submit(call, "kiwi", 10)
        for pid in site.pids("celery"):
            os.kill(pid, signal.SIGKILL)
        ids += submit(call, "lime", 5)
        wait_for_review(call, ids)


class TestBrokerEmptied:
    def test_every_submission_reaches_the_reviewers(self, site, call, broker):
        with deaf(site.pids("celery")):
            ids = submit(call, "plum", 10)
            broker.flushall()
        wait_for_review(call, ids)

    def test_without_the_sweeper_they_would_wait_for_ever(self, site, call, broker):
        with paused(site.pids("manage.py", "sweep")):
            with deaf(site.pids("celery")):
                ids = submit(call, "pear", 3)
                broker.flushall()
            time.sleep(15)
            assert states(call, ids) == {"checking"}
        wait_for_review(call, ids)
