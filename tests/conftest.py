"""The suite's composition: which deployment it runs on, decided before Django reads its settings."""

import os
import uuid
from collections.abc import Iterator

import django
import hypothesis
import pytest

from tests.support import deployment as deployments

DEPLOYMENT = deployments.choose(os.environ.get("DEPLOYMENT", "embedded"))
django.setup()

# Loaded when this file is done, so that they can import models.
pytest_plugins = ["tests.support.cast", "tests.support.live", "tests.support.browser", "tests.support.runs"]

# The machine may be busy; a slow example is no wrong one. One commit has one outcome: whoever looks for a law's next
# counterexample asks for it with `--hypothesis-profile=search`.
hypothesis.settings.register_profile("flock", deadline=None, derandomize=True)
hypothesis.settings.register_profile("search", deadline=None, max_examples=3_000)
hypothesis.settings.load_profile("flock")


def pytest_report_header() -> str:
    return f"deployment: {DEPLOYMENT.name}"


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A test with real transactions empties the tables: it runs last, with the rows that the migrations made.

    After even those come the tests with a browser: Playwright's event loop gives its thread database connections of
    their own from then on, and Django keeps the migrations' rows with the first ones.
    """
    if DEPLOYMENT.name != "production":
        for item in items:
            if item.get_closest_marker("postgres"):
                item.add_marker(pytest.mark.skip(reason="about PostgreSQL itself"))
    for item in filter(_is_transactional, items):
        item.add_marker(pytest.mark.django_db(transaction=True, serialized_rollback=True), append=False)
    items.sort(key=lambda item: (_has_browser(item), _is_transactional(item)))


def _has_browser(item: pytest.Item) -> bool:
    return "browser" in getattr(item, "fixturenames", ())


def _is_transactional(item: pytest.Item) -> bool:
    marker = item.get_closest_marker("django_db")
    by_fixture = {"transactional_db", "live_server"} & set(getattr(item, "fixturenames", ()))
    return bool(by_fixture or (marker and marker.kwargs.get("transaction")))


def pytest_unconfigure() -> None:
    DEPLOYMENT.stop()


@pytest.fixture(scope="session")
def deployment() -> Iterator[deployments.Deployment]:
    """The running servers: a database and a broker of the suite's own."""
    DEPLOYMENT.start()
    yield DEPLOYMENT
    DEPLOYMENT.supervisor.stop()


@pytest.fixture(scope="session")
def django_db_modify_db_settings(deployment) -> None:
    """pytest-django makes its database when this is done."""


@pytest.fixture(autouse=True)
def _cache_of_its_own(settings) -> None:
    """What a test leaves in the cache goes by a person's key or a server's port, and later tests use those again."""
    settings.CACHES = {"default": settings.CACHES["default"] | {"KEY_PREFIX": str(uuid.uuid4())}}
